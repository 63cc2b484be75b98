"""Whose money is what: the part of each merchant in a payment, and what is drawn from it for some units.

The parts are frozen when the order is placed. Settlements and refunds draw from them, so that together they are
exactly the payment: the last draw takes the exact rest of the commission.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from money.allocate import allocate
from money.freight import Freight, divide_freight
from money.runs import Units
from money.shares import Share, share_of
from money.tax import tax_added
from money.waterfall import Priced
from order.domain.order import TermsLine
from order.domain.values import MerchantPart


def merchant_parts(
    *, priced: Priced, lines: Sequence[TermsLine], commissions: Mapping[str, int]
) -> tuple[MerchantPart, ...]:
    """Return the part of each merchant, in the order of the lines; together they are the due of the order."""
    merchants = list(dict.fromkeys(line.merchant_id for line in lines))
    freights = freight_by_merchant(priced=priced, lines=lines)
    return tuple(
        _part(merchant, _share(priced, lines, merchant, freights.get(merchant, 0)), commissions.get(merchant, 0))
        for merchant in merchants
    )


def freight_by_merchant(*, priced: Priced, lines: Sequence[TermsLine]) -> dict[str, int]:
    """Return the freight that each merchant bears, by the policy of the order; virtual goods bear none."""
    shipped = [line for line in lines if not line.virtual]
    merchants = list(dict.fromkeys(line.merchant_id for line in shipped))
    if not merchants[1:]:  # one bears all of it, whatever its goods cost
        return dict.fromkeys(merchants, priced.freight.amount)
    nets = [_share(priced, shipped, merchant, 0).net for merchant in merchants]
    return dict(zip(merchants, divide_freight(freight=priced.freight, nets=nets), strict=True))


def divide_again(*, amount: int, policy: Freight, nets: Sequence[int]) -> tuple[int, ...]:
    """Divide the freight of one merchant over its sub-orders by the policy of the order."""
    return divide_freight(freight=replace(policy, amount=amount), nets=nets) if nets else ()


def part_of(*, merchant_id: str, share: Share) -> MerchantPart:
    """Return what this share of the channel money is made of, commission aside."""
    return MerchantPart(merchant_id=merchant_id, goods=share.payable, freight=share.freight, tax=share.tax_added)


def draw(*, left: Sequence[MerchantPart], part: MerchantPart) -> tuple[MerchantPart, tuple[MerchantPart, ...]]:
    """Take a part from what is left: return it with its commission, and the new rest."""
    rest = next(each for each in left if each.merchant_id == part.merchant_id)
    commission = allocate(amount=rest.commission, weights=[part.goods, rest.goods - part.goods])[0] if rest.goods else 0
    drawn = replace(part, commission=commission)
    lower = MerchantPart(
        merchant_id=rest.merchant_id,
        goods=rest.goods - drawn.goods,
        commission=rest.commission - drawn.commission,
        freight=rest.freight - drawn.freight,
        tax=rest.tax - drawn.tax,
    )
    return drawn, tuple(lower if each.merchant_id == part.merchant_id else each for each in left)


def amount_of(*, part: MerchantPart) -> int:
    """Return the channel money of a part; the commission is contained in the goods."""
    return part.goods + part.freight + part.tax


def _part(merchant: str, share: Share, rate: int) -> MerchantPart:
    return replace(part_of(merchant_id=merchant, share=share), commission=tax_added(base=share.payable, rate=rate))


def _share(priced: Priced, lines: Sequence[TermsLine], merchant: str, freight: int) -> Share:
    units = [Units(line=line.line_id, first=0, count=line.quantity) for line in lines if line.merchant_id == merchant]
    return share_of(priced=priced, units=units, freight=freight)
