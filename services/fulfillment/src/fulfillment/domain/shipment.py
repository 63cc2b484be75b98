"""A shipment: the job given to a warehouse for a sub-order, its parcels, and what carriers said of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chassis.decision import changed
from fulfillment.domain.states import ShipmentState, after, rolled_up
from fulfillment.domain.vocabulary import meaning

ALL = "*"


@dataclass(frozen=True, slots=True)
class Line:
    """Units of a line that a shipment carries; weight in grams of one unit."""

    line_id: str
    sku: str
    name: str
    quantity: int
    weight: int


@dataclass(frozen=True, slots=True)
class Picked:
    """Units of a line that were found, packed, missed or sent."""

    line_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """A physical package; weight in grams. Its state counts from the dispatch on."""

    parcel_id: str
    weight: int
    lines: tuple[Picked, ...]
    state: ShipmentState = ShipmentState.DISPATCHED


@dataclass(frozen=True, slots=True)
class Node:
    """A carrier's word about a parcel, or about all parcels, as it was told."""

    parcel_id: str | None
    carrier: str
    code: str
    station: str
    courier: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Returned:
    """Units that came back, with their grade."""

    line_id: str
    sku: str
    quantity: int
    grade: str


@dataclass(frozen=True)
class Shipment:
    """The job of one warehouse for one sub-order; ``collect`` is the cash to take at the door, in minor units."""

    shipment_id: str
    sub_order_id: str
    order_id: str
    merchant_id: str
    warehouse_id: str
    handling_class: str
    lines: tuple[Line, ...]
    collect: int
    rush: bool
    state: ShipmentState
    created_at: datetime
    wave_id: str | None = None
    picked: tuple[Picked, ...] | None = None
    parcels: tuple[Parcel, ...] = ()
    carrier: str = ""
    waybill: str = ""
    dispatched_at: datetime | None = None
    tracking: tuple[Node, ...] = ()
    returns: tuple[tuple[Returned, ...], ...] = ()

    def contents(self) -> tuple[Picked, ...]:
        """Return what is packed, line by line."""
        units = counted(lines=(line for parcel in self.parcels for line in parcel.lines))
        return tuple(Picked(line_id, sku, quantity) for (line_id, sku), quantity in units.items() if quantity)

    def to_pack(self) -> Counter[tuple[str, str]]:
        """Return what has to be in the parcels: what was picked, or what was ordered."""
        return counted(lines=self.lines if self.picked is None else self.picked)


@dataclass(frozen=True)
class Assignment:
    """What order asked for: its shipments, and whom they go to; the recipient stays sealed.

    ``answers`` keeps what each interception stopped and what it came too late for. ``barred`` are sub-orders (* is
    all) whose interception came before them: when they are asked for afterwards, they do not go out.
    """

    order_id: str
    customer_id: str = ""
    currency: str = ""
    region: str = ""
    method: str = ""
    slot: tuple[datetime, datetime] | None = None
    recipient: str | None = None
    shipment_ids: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    answers: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict)


def is_barred(*, assignment: Assignment, sub_order_id: str) -> bool:
    """Say whether a sub-order was intercepted before it was asked for."""
    return sub_order_id in assignment.barred or ALL in assignment.barred


def shipment_id(*, sub_order_id: str) -> str:
    """Return the id of the shipment of a sub-order."""
    return f"{sub_order_id}-d1"


def counted(*, lines: Iterable[Line | Picked | Returned]) -> Counter[tuple[str, str]]:
    """Return the units per line and sku."""
    units: Counter[tuple[str, str]] = Counter()
    for line in lines:
        units[line.line_id, line.sku] += line.quantity
    return units


def missing(*, shipment: Shipment, picked: Sequence[Picked]) -> tuple[Picked, ...] | None:
    """Return what the picker did not find; None when more was picked than was asked for."""
    asked, found = counted(lines=shipment.lines), counted(lines=picked)
    if any(found[place] > asked[place] for place in found):
        return None
    return tuple(Picked(*place, asked[place] - found[place]) for place in asked if asked[place] > found[place])


def tracked(*, shipment: Shipment, nodes: Iterable[Node]) -> Shipment:
    """Return the shipment after these words, in the order of what happened; a word without meaning moves nothing."""
    parcels = shipment.parcels
    for node in sorted(nodes, key=lambda each: each.occurred_at):
        word = meaning(carrier=node.carrier, code=node.code)
        if word is not None:
            parcels = tuple(
                replace(each, state=after(state=each.state, trigger=word.trigger) or each.state)
                if node.parcel_id in {None, each.parcel_id}
                else each
                for each in parcels
            )
    return changed(shipment, parcels=parcels, state=rolled_up(parcels=[each.state for each in parcels]))
