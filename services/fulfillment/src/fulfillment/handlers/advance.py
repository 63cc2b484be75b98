"""A shipment of a warehouse that advances by itself: picked, packed, dispatched and delivered without being told.

Each step is the word that a warehouse or a carrier would say, and goes to the handler of that word: so its checks, its
state and its events are those of a shipment that people handle.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chassis.decision import A, Context, Decision, Kind, Save, Timer, View
from fulfillment.domain.commands import (
    AdvanceShipment,
    PackedParcel,
    RecordDispatch,
    RecordPack,
    RecordPick,
    RecordTracking,
)
from fulfillment.domain.kinds import SHIPMENT
from fulfillment.domain.shipment import Picked, Shipment
from fulfillment.domain.states import ON_THE_WAY, ShipmentState
from fulfillment.domain.waves import Policy
from fulfillment.handlers.tracking import record_tracking
from fulfillment.handlers.warehouse import record_dispatch, record_pack, record_pick

CARRIER = "house"

_TOLD: Mapping[type, Callable[[Any, View, Context], Decision]] = {
    RecordPick: record_pick,
    RecordPack: record_pack,
    RecordDispatch: record_dispatch,
    RecordTracking: record_tracking,
}


def set_out(*, shipments: Iterable[Shipment], view: View, context: Context, policy: Policy) -> Decision:
    """Let those of these shipments advance whose warehouse does so by itself: now, or by a timer."""
    decision = Decision()
    for shipment in shipments:
        word = _next_word(shipment, context, policy)
        if word is not None:
            decision += _begin(shipment, word, view, context, policy)
    return decision


def advance_shipment(command: AdvanceShipment, view: View, context: Context, *, policy: Policy) -> Decision:
    """Take the next step; a shipment that has ended, or whose warehouse is told again, takes none."""
    shipment = view.get(SHIPMENT, command.shipment_id)
    word = None if shipment is None else _next_word(shipment, context, policy)
    if shipment is None or word is None:
        return Decision(outcome="duplicate")
    moved, emits = _step(shipment, word, view, context)
    told = Decision(saves=(Save(SHIPMENT, moved.shipment_id, moved),), emits=emits)
    return told + set_out(shipments=(moved,), view=view, context=context, policy=policy)


def advance_id(*, shipment_id: str) -> str:
    """Return the id of the timer of a shipment's next step."""
    return f"advance:{shipment_id}"


@dataclass(frozen=True, slots=True)
class _Ahead:
    """The view of a step: its shipment has taken the steps before within the same message."""

    shipment: Shipment
    view: View

    def get(self, kind: Kind[A], key: str) -> A | None:
        if (kind, key) == (SHIPMENT, self.shipment.shipment_id):
            return self.shipment  # type: ignore[return-value]  # the kind SHIPMENT is of Shipment
        return self.view.get(kind, key)

    def find(self, kind: Kind[A], keys: list[str]) -> list[A]:
        return [found for key in keys if (found := self.get(kind, key)) is not None]


def _begin(shipment: Shipment, first: object, view: View, context: Context, policy: Policy) -> Decision:
    if policy.step:
        return Decision(timers=(_next_step(shipment, context, policy),))
    emits: tuple[Any, ...] = ()
    word: object | None = first
    while word is not None:
        shipment, events = _step(shipment, word, view, context)
        emits += events
        word = _next_word(shipment, context, policy)
    return Decision(saves=(Save(SHIPMENT, shipment.shipment_id, shipment),), emits=emits)


def _next_step(shipment: Shipment, context: Context, policy: Policy) -> Timer:
    return Timer(
        id=advance_id(shipment_id=shipment.shipment_id),
        name="shipment-advances",
        key=shipment.order_id,
        due=context.now + policy.step,
        data={"order_id": shipment.order_id, "shipment_id": shipment.shipment_id},
    )


def _step(shipment: Shipment, word: object, view: View, context: Context) -> tuple[Shipment, tuple[Any, ...]]:
    """Return the shipment after this word, and what others are told."""
    told = _TOLD[type(word)](word, _Ahead(shipment, view), context)
    (save,) = told.saves
    return save.aggregate, told.emits


def _next_word(shipment: Shipment, context: Context, policy: Policy) -> object | None:
    """Return what is told next of a shipment, None when it has gone as far as its warehouse brings it."""
    goal = policy.goes_to(warehouse_id=shipment.warehouse_id)
    if goal is None:
        return None
    ids = (shipment.order_id, shipment.shipment_id)
    match shipment.state:
        case ShipmentState.WAVED:
            return RecordPick(*ids, _units(shipment))
        case ShipmentState.PICKING:
            return _pack(shipment)
        case ShipmentState.PACKED:
            return RecordDispatch(*ids, CARRIER, shipment.shipment_id)
        case state if state in ON_THE_WAY and goal is ShipmentState.DELIVERED:
            return RecordTracking(*ids, shipment.carrier, "delivered", context.now)
        case _:
            return None


def _units(shipment: Shipment) -> tuple[Picked, ...]:
    return tuple(Picked(*place, quantity) for place, quantity in shipment.to_pack().items())


def _pack(shipment: Shipment) -> RecordPack:
    weights = {(line.line_id, line.sku): line.weight for line in shipment.lines}
    inside = _units(shipment)
    parcel = PackedParcel(
        parcel_id=f"{shipment.shipment_id}-p1",
        weight=sum(weights[each.line_id, each.sku] * each.quantity for each in inside),
        lines=inside,
    )
    return RecordPack(shipment.order_id, shipment.shipment_id, (parcel,))
