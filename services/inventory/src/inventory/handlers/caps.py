"""What one customer may take of a scarce sku: counters that all orders of the customer share."""

from collections.abc import Iterable, Mapping

from chassis.decision import Save, View
from inventory.domain.carving import Piece
from inventory.domain.kinds import TAKEN, Taken, taken_key
from inventory.domain.reservation import Allocation, ReservedLine
from inventory.domain.sourcing import Shortage


def capped(*, lines: Iterable[ReservedLine]) -> dict[str, int]:
    """Return the cap per customer of each sku that has one."""
    return {line.wanted.sku: line.cap for line in lines if line.cap is not None}


def over_cap(*, view: View, customer_id: str, lines: Iterable[ReservedLine]) -> tuple[Shortage, ...]:
    """Return the lines with which the customer would take more than one customer may."""
    lines = tuple(lines)
    left = {sku: max(0, cap - _taken(view, customer_id, sku).quantity) for sku, cap in capped(lines=lines).items()}
    over = []
    for each in (line.wanted for line in lines if line.wanted.sku in left):
        if each.quantity > left[each.sku]:
            over.append(Shortage(each.line_id, each.sku, each.quantity, left[each.sku], "cap_per_customer"))
        left[each.sku] = max(0, left[each.sku] - each.quantity)
    return tuple(over)


def counted(*, view: View, customer_id: str, units: Mapping[str, int]) -> tuple[Save, ...]:
    """Return the counters after so many more units per sku were taken (or given back, when negative)."""
    saves = []
    for sku, quantity in sorted(units.items()):
        if quantity:
            taken = _taken(view, customer_id, sku)
            after = Taken(customer_id=customer_id, sku=sku, quantity=taken.quantity + quantity)
            saves.append(Save(TAKEN, taken_key(customer_id=customer_id, sku=sku), after))
    return tuple(saves)


def units_of(*, allocations: Iterable[tuple[Allocation | Piece, int]], lines: Iterable[ReservedLine]) -> dict[str, int]:
    """Return how many units per capped sku these are."""
    units = dict.fromkeys(capped(lines=lines), 0)
    for allocation, quantity in allocations:
        if allocation.sku in units:
            units[allocation.sku] += quantity
    return units


def _taken(view: View, customer_id: str, sku: str) -> Taken:
    return view.get(TAKEN, taken_key(customer_id=customer_id, sku=sku)) or Taken(
        customer_id=customer_id, sku=sku, quantity=0
    )
