"""Divide the money of an order over its sub-orders, so that nothing is charged twice and nothing is lost."""

from collections.abc import Sequence

from money.errors import UnitsError
from money.freight import divide_freight
from money.runs import Units, check_units
from money.shares import Share, share_of
from money.waterfall import Priced


def divide(*, priced: Priced, groups: Sequence[Sequence[Units]]) -> tuple[Share, ...]:
    """Return the money of each group; together the groups must be all units of the order, each named once.

    Discounts, tenders and tax follow the units. Freight follows the policy of the order: the first group, or all groups
    by their net.
    """
    everything = [units for group in groups for units in group]
    check_units(units=everything, quantities=priced.quantities)
    named = sum(units.count for units in everything)
    ordered = sum(line.quantity for line in priced.lines)
    if named != ordered:
        raise UnitsError(f"groups name {named} units: the order has {ordered}, and each belongs to one group")
    nets = [share_of(priced=priced, units=group).net for group in groups]
    freights = divide_freight(freight=priced.freight, nets=nets)
    return tuple(
        share_of(priced=priced, units=group, freight=freight) for group, freight in zip(groups, freights, strict=True)
    )
