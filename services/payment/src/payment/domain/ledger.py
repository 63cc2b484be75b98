"""The ledger: double entry, append-only. A debit is positive, a credit negative, and every entry sums to zero.

What each movement books stands here, so that a page of this file is the chart of accounts in use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from payment.domain.values import Channel, MerchantPart, TenderKind

CASH_IN_TRANSIT = "CASH_IN_TRANSIT"  # captured by a channel, not yet on its statement
CASH = "CASH"
CHANNEL_FEE = "CHANNEL_FEE"
CUSTOMER_PREPAID = "CUSTOMER_PREPAID"  # stored balances, and captures that no gate has let through yet
COMMISSION = "COMMISSION"
FREIGHT = "FREIGHT"
TAX = "TAX"
REFUND_PAYABLE = "REFUND_PAYABLE"  # refunds on their way
SUSPENSE = "SUSPENSE"  # money of open exceptions
DISCOUNT = "DISCOUNT"  # what orders were relieved of: the other side of TENDER:<kind>

Legs = Mapping[str, int]
"""Account to amount, one currency."""


class Unbalanced(Exception):
    """The legs of an entry do not sum to zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One leg of an entry. The entry's id names its cause, so that a cause is booked once."""

    entry_id: str
    line: int
    order_id: str
    account: str
    currency: str
    amount: int
    booked_at: datetime


def entry(*, entry_id: str, order_id: str, currency: str, legs: Legs, booked_at: datetime) -> tuple[Posting, ...]:
    """Return the postings of an entry, without legs of nothing; Unbalanced when they do not sum to zero."""
    if sum(legs.values()):
        raise Unbalanced(f"{entry_id}: {dict(legs)}")
    return tuple(
        Posting(
            entry_id=entry_id,
            line=line,
            order_id=order_id,
            account=account,
            currency=currency,
            amount=amount,
            booked_at=booked_at,
        )
        for line, (account, amount) in enumerate(((a, n) for a, n in legs.items() if n), start=1)
    )


def escrow_of(*, merchant_id: str) -> str:
    """Return the account in which a merchant's money waits for the receipt."""
    return f"ESCROW:{merchant_id}"


def payable_to(*, merchant_id: str) -> str:
    """Return the account of what a merchant is to be paid; refunds after settlement may turn its sign."""
    return f"PAYABLE:{merchant_id}"


def money_of(*, channel: Channel) -> str:
    """Return the account in which a channel's money is first seen."""
    if channel is Channel.BALANCE:
        return CUSTOMER_PREPAID
    return CASH if channel.by_statement else CASH_IN_TRANSIT


def move(*, debit: str, credit: str, amount: int) -> Legs:
    """Return an entry of two legs; moving within one account books nothing."""
    return {} if debit == credit else {debit: amount, credit: -amount}


def captured(*, channel: Channel, amount: int) -> Legs:
    """Money is there; whose it is, the gate says."""
    return move(debit=money_of(channel=channel), credit=CUSTOMER_PREPAID, amount=amount)


def earned(*, parts: Iterable[MerchantPart], amount: int) -> Legs:
    """Money passed the gate: each merchant's goods wait in escrow."""
    legs = {CUSTOMER_PREPAID: amount}
    for part in parts:
        _add(legs, account=escrow_of(merchant_id=part.merchant_id), amount=-part.goods)
        _add(legs, account=FREIGHT, amount=-part.freight)
        _add(legs, account=TAX, amount=-part.tax)
    return legs


def granted(*, spent: Iterable[tuple[TenderKind, int]]) -> Legs:
    """Tenders were spent (or, negative, given back)."""
    legs: dict[str, int] = {}
    for kind, amount in spent:
        _add(legs, account=f"TENDER:{kind.upper()}", amount=amount)
        _add(legs, account=DISCOUNT, amount=-amount)
    return legs


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedBack:
    """How a refund is booked: its legs, what is left in escrow, and what of it merchants were paid already."""

    legs: Legs
    escrow: Mapping[str, int]
    settled: tuple[MerchantPart, ...]


def owed_back(
    *, parts: Iterable[MerchantPart], escrow: Mapping[str, int], paid_out: Iterable[MerchantPart]
) -> OwedBack:
    """Take the parts of a refund from escrow and, where that was settled, from the merchant.

    The commission on settled goods is given back with them: the share of what was taken and not given back yet, so
    that the last of them gives back the exact rest.
    """
    legs: dict[str, int] = {}
    left = dict(escrow)
    paid = {part.merchant_id: part for part in paid_out}
    taken_back: list[MerchantPart] = []
    for part in parts:
        held = min(part.goods, left.get(part.merchant_id, 0))
        settled = part.goods - held
        commission = _commission(paid.get(part.merchant_id), settled=settled)
        if settled:
            taken_back.append(replace(part, goods=settled, commission=commission, freight=0, tax=0))
        left[part.merchant_id] = left.get(part.merchant_id, 0) - held
        _add(legs, account=escrow_of(merchant_id=part.merchant_id), amount=held)
        _add(legs, account=payable_to(merchant_id=part.merchant_id), amount=settled - commission)
        _add(legs, account=COMMISSION, amount=commission)
        _add(legs, account=FREIGHT, amount=part.freight)
        _add(legs, account=TAX, amount=part.tax)
        _add(legs, account=REFUND_PAYABLE, amount=-part.amount)
    return OwedBack(legs=legs, escrow=left, settled=tuple(taken_back))


def _commission(paid: MerchantPart | None, *, settled: int) -> int:
    """Return the commission on goods that were paid out; on goods that never were, none was taken."""
    return paid.commission * min(settled, paid.goods) // paid.goods if paid is not None and paid.goods else 0


def refunded(*, channel: Channel, amount: int) -> Legs:
    """A refund reached the customer."""
    return move(debit=REFUND_PAYABLE, credit=money_of(channel=channel), amount=amount)


def settled(*, parts: Iterable[MerchantPart]) -> Legs:
    """Goods were received: the merchant is owed them, less the commission."""
    legs: dict[str, int] = {}
    for part in parts:
        _add(legs, account=escrow_of(merchant_id=part.merchant_id), amount=part.goods)
        _add(legs, account=payable_to(merchant_id=part.merchant_id), amount=part.commission - part.goods)
        _add(legs, account=COMMISSION, amount=-part.commission)
    return legs


def _add(legs: dict[str, int], *, account: str, amount: int) -> None:
    legs[account] = legs.get(account, 0) + amount
