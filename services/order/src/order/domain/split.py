"""Split a paid order into sub-orders: by merchant, warehouse, handling class and virtual or physical (S02).

The delivery slot is one for the whole order, so that it divides nothing further. The plan of the warehouses comes with
the allocations of inventory; the split executes it. Each unit of the order is in exactly one sub-order, and so is its
money; the freight of a merchant stays with its sub-orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chassis.decision import Poison
from money.runs import Units
from money.shares import Share, share_of
from order.domain import ids
from order.domain.order import Order, SubOrder, Terms, TermsLine
from order.domain.parts import divide_again, freight_by_merchant
from order.domain.rollup import SubState
from order.domain.values import Allocation, HeldUnits


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """What the units of a sub-order have in common; physical groups come first, in the order of their lines."""

    virtual: bool
    first_line: int
    merchant_id: str
    warehouse_id: str
    handling_class: str


def split(*, terms: Terms, order: Order) -> tuple[SubOrder, ...]:
    """Return the sub-orders of what is left of the order, each with its units and its freight."""
    groups: dict[Group, list[Units]] = {}
    firsts: dict[tuple[bool, str, str, str], int] = {}
    for index, line in enumerate(terms.lines):
        for warehouse, units in _placed(line, order.allocations, _left(line, order.cut)):
            same = (line.virtual, line.merchant_id, warehouse, line.handling_class)
            first = firsts.setdefault(same, index)
            groups.setdefault(Group(line.virtual, first, *same[1:]), []).append(units)
    ordered = sorted(groups)
    freights = _freights(terms, ordered, groups, order)
    return tuple(
        _sub_order(order.order_id, number, group, groups[group], freights[group])
        for number, group in enumerate(ordered, start=1)
    )


def share_of_part(*, terms: Terms, part: SubOrder) -> Share:
    """Return the money of a sub-order: what its units and its freight cost, and how they are paid."""
    return share_of(priced=terms.priced, units=part.units, freight=part.freight)


def share_by_line(*, terms: Terms, part: SubOrder) -> dict[str, Share]:
    """Return the money of each line of a sub-order; with the freight they make the money of the whole."""
    by_line: dict[str, list[Units]] = {}
    for units in part.units:
        by_line.setdefault(units.line, []).append(units)
    return {line_id: share_of(priced=terms.priced, units=units) for line_id, units in by_line.items()}


def due_of(*, shares: Mapping[str, Share], part: SubOrder) -> int:
    """Return what the channel collects for a sub-order whose lines have these shares."""
    return sum(share.due for share in shares.values()) + part.freight


def without(*, units: Sequence[Units], cut: Sequence[Units]) -> tuple[Units, ...]:
    """Return these units without those that are cut."""
    return tuple(rest for some in units for rest in _minus(some, [each for each in cut if each.line == some.line]))


def last_of(*, units: Sequence[Units], line_id: str, count: int) -> tuple[Units, ...]:
    """Return the last so many units of a line among these, fewer when there are fewer."""
    taken: list[Units] = []
    for some in sorted((each for each in units if each.line == line_id), key=lambda each: -each.first):
        size = min(count, some.count)
        if size:
            taken.append(Units(line=line_id, first=some.end - size, count=size))
        count -= size
    return tuple(taken)


def held_before_split(*, order: Order, units: Sequence[Units]) -> tuple[HeldUnits, ...]:
    """Return where these units are held: the last units of a line by the last of its allocations, as `split` has it."""
    held: list[HeldUnits] = []
    for line_id in dict.fromkeys(some.line for some in units):
        wanted = sum(some.count for some in units if some.line == line_id)
        for each in reversed([each for each in order.allocations if each.line_id == line_id]):
            size = min(wanted, each.quantity)
            if size:
                held.append(HeldUnits(line_id=line_id, quantity=size, warehouse_id=each.warehouse_id))
            wanted -= size
    return tuple(held)


def held_by(*, part: SubOrder, units: Sequence[Units]) -> tuple[HeldUnits, ...]:
    """Return where these units of a sub-order are held."""
    return tuple(HeldUnits(line_id=some.line, quantity=some.count, warehouse_id=part.warehouse_id) for some in units)


def _left(line: TermsLine, cut: Sequence[Units]) -> list[Units]:
    return list(without(units=[Units(line=line.line_id, first=0, count=line.quantity)], cut=cut))


def _minus(units: Units, cut: Sequence[Units]) -> Iterator[Units]:
    at = units.first
    for gone in sorted(cut, key=lambda each: each.first):
        if gone.end <= at or gone.first >= units.end:
            continue
        if gone.first > at:
            yield Units(line=units.line, first=at, count=gone.first - at)
        at = gone.end
    if at < units.end:
        yield Units(line=units.line, first=at, count=units.end - at)


def _placed(line: TermsLine, allocations: Sequence[Allocation], left: list[Units]) -> Iterator[tuple[str, Units]]:
    """Give the units that are left to the warehouses of the line, in the order of the allocations."""
    if line.virtual:
        yield from (("", units) for units in left)
        return
    for allocation in allocations:
        wanted = allocation.quantity if allocation.line_id == line.line_id else 0
        while wanted and left:
            units = left.pop(0)
            size = min(wanted, units.count)
            yield allocation.warehouse_id, Units(line=units.line, first=units.first, count=size)
            if size < units.count:
                left.insert(0, Units(line=units.line, first=units.first + size, count=units.count - size))
            wanted -= size
    if left:
        raise Poison(f"line {line.line_id}: {sum(units.count for units in left)} units have no warehouse")


def _freights(
    terms: Terms, ordered: Sequence[Group], groups: Mapping[Group, Sequence[Units]], order: Order
) -> dict[Group, int]:
    freights = dict.fromkeys(ordered, 0)
    refunded = {part.merchant_id for refund in order.refunds for part in refund.parts if part.freight}
    for merchant, freight in freight_by_merchant(priced=terms.priced, lines=terms.lines).items():
        own = [group for group in ordered if group.merchant_id == merchant and not group.virtual]
        # One sub-order bears all of it, whatever its goods cost.
        nets = [share_of(priced=terms.priced, units=groups[group]).net for group in own] if own[1:] else [0] * len(own)
        owed = 0 if merchant in refunded else freight
        freights.update(zip(own, divide_again(amount=owed, policy=terms.priced.freight, nets=nets), strict=False))
    return freights


def _sub_order(order_id: str, number: int, group: Group, units: Sequence[Units], freight: int) -> SubOrder:
    return SubOrder(
        sub_order_id=ids.sub_order_id(order_id=order_id, number=number),
        number=number,
        merchant_id=group.merchant_id,
        warehouse_id=group.warehouse_id or None,
        handling_class=group.handling_class,
        virtual=group.virtual,
        units=tuple(units),
        freight=freight,
        state=SubState.COMPLETED if group.virtual else SubState.AWAITING_PICK,
    )
