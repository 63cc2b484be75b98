"""What some units of a priced order cost and how they are paid: a line, a unit, a sub-order or the whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from money.runs import TENDERS, Kind, Units, check_units, sum_over
from money.waterfall import Priced


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderShare:
    """What one tender paid: the channel has no source."""

    kind: Kind
    source: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The money of some units: gross - promotions = net, net - tenders = payable, payable + tax + freight = due."""

    gross: int
    line_promotion: int
    order_promotion: int
    tenders: tuple[TenderShare, ...]
    tax_included: int
    tax_added: int
    freight: int

    @property
    def net(self) -> int:
        """The price after promotions."""
        return self.gross - self.line_promotion - self.order_promotion

    @property
    def payable(self) -> int:
        """What is left of the net for the channel, before added tax and freight."""
        return self.net - sum(tender.amount for tender in self.tenders)

    @property
    def due(self) -> int:
        """What the channel collects."""
        return self.payable + self.tax_added + self.freight


def share_of(*, priced: Priced, units: Sequence[Units], freight: int = 0) -> Share:
    """Return the money of some units, with the freight that they bear."""
    check_units(units=units, quantities=priced.quantities)
    sums = sum_over(runs=priced.runs, units=units)
    by_kind: dict[Kind, int] = {}
    tenders: list[TenderShare] = []
    for (kind, source), amount in sums.items():
        by_kind[kind] = by_kind.get(kind, 0) + amount
        if kind in TENDERS:
            tenders.append(TenderShare(kind=kind, source=source, amount=amount))
    return Share(
        gross=by_kind.get(Kind.GROSS, 0),
        line_promotion=by_kind.get(Kind.LINE_PROMOTION, 0),
        order_promotion=by_kind.get(Kind.ORDER_PROMOTION, 0),
        tenders=tuple(tenders),
        tax_included=by_kind.get(Kind.TAX_INCLUDED, 0),
        tax_added=by_kind.get(Kind.TAX_ADDED, 0),
        freight=freight,
    )


def whole_order(*, priced: Priced) -> Share:
    """Return the money of the whole order with its freight; its due is the due of the order."""
    return share_of(priced=priced, units=all_units(priced=priced), freight=priced.freight.amount)


def tax_on_top(*, priced: Priced) -> int:
    """Return the tax of the whole order that its prices do not include."""
    return sum(run.amount * run.count for run in priced.runs if run.kind is Kind.TAX_ADDED)


def line_share(*, priced: Priced, line: str) -> Share:
    """Return the money of one line."""
    return share_of(priced=priced, units=(Units(line=line, first=0, count=priced.quantities.get(line, 1)),))


def unit_share(*, priced: Priced, line: str, unit: int) -> Share:
    """Return the money of one unit."""
    return share_of(priced=priced, units=(Units(line=line, first=unit, count=1),))


def all_units(*, priced: Priced) -> tuple[Units, ...]:
    """Return all units of the order, a stretch for each line."""
    return tuple(Units(line=line.line, first=0, count=line.quantity) for line in priced.lines)
