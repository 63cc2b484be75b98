"""The life of a shipment, as a table.

TRANSITIONS holds every move that is possible; an illegal trigger leaves the state unchanged and is refused by an
event. After a shipment has been dispatched each of its parcels lives by the same table, and the shipment follows its
parcels (``rolled_up``).

Where reality is odd: carriers' words are facts. One that comes before the warehouse has told of the dispatch is kept,
and counts once it has; one that comes late, or contradicts where the parcel is known to be, changes nothing: no word
moves a parcel back, and what has ended stays ended. A warehouse may pack without having told what it picked. An
interception that comes again finds the shipment intercepted, and that is the answer; after the dispatch it is too
late, which is an answer, too, and no transition.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class ShipmentState(StrEnum):
    """Where a shipment, or one of its parcels, is."""

    CREATED = "created"
    WAVED = "waved"
    PICKING = "picking"
    PACKED = "packed"
    DISPATCHED = "dispatched"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    REFUSED = "refused"
    LOST = "lost"
    INTERCEPTED = "intercepted"


class Trigger(StrEnum):
    """What happens to a shipment."""

    WAVE = "wave"
    PICK = "pick"
    PACK = "pack"
    DISPATCH = "dispatch"
    INTERCEPT = "intercept"
    MOVE = "move"
    GO_OUT = "go_out"
    DELIVER = "deliver"
    REFUSE = "refuse"
    LOSE = "lose"


_S, _T = ShipmentState, Trigger

BEFORE_DISPATCH = (_S.CREATED, _S.WAVED, _S.PICKING, _S.PACKED)
ON_THE_WAY = (_S.DISPATCHED, _S.IN_TRANSIT, _S.OUT_FOR_DELIVERY)
ENDED = (_S.DELIVERED, _S.REFUSED, _S.LOST, _S.INTERCEPTED)
CARRIER = (_T.MOVE, _T.GO_OUT, _T.DELIVER, _T.REFUSE, _T.LOSE)

TRANSITIONS: Mapping[tuple[ShipmentState, Trigger], ShipmentState] = {
    (_S.CREATED, _T.WAVE): _S.WAVED,
    (_S.WAVED, _T.PICK): _S.PICKING,
    (_S.WAVED, _T.PACK): _S.PACKED,  # this warehouse does not tell what it picks
    (_S.PICKING, _T.PACK): _S.PACKED,
    (_S.PACKED, _T.DISPATCH): _S.DISPATCHED,
    (_S.CREATED, _T.INTERCEPT): _S.INTERCEPTED,
    (_S.WAVED, _T.INTERCEPT): _S.INTERCEPTED,
    (_S.PICKING, _T.INTERCEPT): _S.INTERCEPTED,
    (_S.PACKED, _T.INTERCEPT): _S.INTERCEPTED,
    (_S.INTERCEPTED, _T.INTERCEPT): _S.INTERCEPTED,
    (_S.DISPATCHED, _T.MOVE): _S.IN_TRANSIT,
    (_S.IN_TRANSIT, _T.MOVE): _S.IN_TRANSIT,
    (_S.OUT_FOR_DELIVERY, _T.MOVE): _S.OUT_FOR_DELIVERY,  # a scan that was told late
    (_S.DISPATCHED, _T.GO_OUT): _S.OUT_FOR_DELIVERY,
    (_S.IN_TRANSIT, _T.GO_OUT): _S.OUT_FOR_DELIVERY,
    (_S.OUT_FOR_DELIVERY, _T.GO_OUT): _S.OUT_FOR_DELIVERY,
    **{(state, _T.DELIVER): _S.DELIVERED for state in ON_THE_WAY},
    **{(state, _T.REFUSE): _S.REFUSED for state in ON_THE_WAY},
    **{(state, _T.LOSE): _S.LOST for state in ON_THE_WAY},
    **{(state, word): state for state in (*BEFORE_DISPATCH, *ENDED) for word in CARRIER},
}

# The least advanced parcel on the way says where the shipment is; once none is on the way, the worst end counts.
_ROLL_UP = (*ON_THE_WAY, _S.REFUSED, _S.LOST, _S.DELIVERED)


def after(*, state: ShipmentState, trigger: Trigger) -> ShipmentState | None:
    """Return the state that a trigger leads to, None when it leads nowhere."""
    return TRANSITIONS.get((state, trigger))


def rolled_up(*, parcels: Iterable[ShipmentState]) -> ShipmentState:
    """Return the state of a shipment whose parcels are in these states."""
    return min(parcels, key=_ROLL_UP.index)
