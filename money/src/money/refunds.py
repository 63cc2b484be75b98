"""Give back exactly what some units paid, to whom they paid it from.

The runs are frozen, so that the share of a unit never depends on which units were refunded before it, and the refunds
of all units together are what the order paid. Freight is no part of it: see `freight_refund` and `rebook_freight`.
"""

from collections.abc import Sequence

from money.errors import UnitsError
from money.runs import Kind, Units, check_units
from money.shares import TenderShare, share_of
from money.waterfall import Priced, TenderUse


def refund(*, priced: Priced, units: Sequence[Units], refunded: Sequence[Units] = ()) -> tuple[TenderShare, ...]:
    """Return what the units paid by tender, in the order of draining, the channel last; shares of nothing are left out.

    The units that were refunded before are refused a second time.
    """
    check_units(units=[*refunded, *units], quantities=priced.quantities)
    if not units:
        raise UnitsError("units is empty: a refund names at least one unit")
    share = share_of(priced=priced, units=units)
    if not share.due:
        return share.tenders
    return (*share.tenders, TenderShare(kind=Kind.CHANNEL, source="", amount=share.due))


def returned_whole(*, priced: Priced, units: Sequence[Units]) -> tuple[TenderUse, ...]:
    """Return the tenders whose every paid unit is among the units: by policy their coupons are issued again whole."""
    share = share_of(priced=priced, units=units)
    paid = {(tender.kind, tender.source): tender.amount for tender in share.tenders}
    return tuple(use for use in priced.tenders if use.used and paid.get((use.kind, use.source)) == use.used)
