"""What is held for an order: its lines, which warehouse gives what, and how the hold may change.

TRANSITIONS is the whole life of a reservation. Whatever is not in it leaves the reservation as it is and is answered
as such. Odd rows: a commit after the expiry takes the stock again, for the customer has paid in time and only the
news was late; a release finds nothing to give back in every state that holds nothing, and says so instead of failing,
for a compensation may be repeated.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from inventory.domain.carving import Piece, Wanted
from inventory.domain.sourcing import Alternative, Shortage


class ReservationState(StrEnum):
    """Where a reservation is in its life."""

    HELD = "held"
    REFUSED = "refused"
    COMMITTED = "committed"
    SHORT = "short"
    EXPIRED = "expired"
    RELEASED = "released"


class Trigger(StrEnum):
    """What happens to a reservation."""

    EXTEND = "extend"
    COMMIT = "commit"
    FALL_SHORT = "fall_short"
    EXPIRE = "expire"
    RELEASE = "release"
    DISPATCH = "dispatch"


_S, _T = ReservationState, Trigger

TRANSITIONS: Mapping[tuple[ReservationState, Trigger], ReservationState] = {
    (_S.HELD, _T.EXTEND): _S.HELD,
    (_S.HELD, _T.COMMIT): _S.COMMITTED,
    (_S.HELD, _T.FALL_SHORT): _S.SHORT,  # what is deducted at payment was not there: all of it is given back
    (_S.HELD, _T.EXPIRE): _S.EXPIRED,
    (_S.HELD, _T.RELEASE): _S.RELEASED,
    (_S.EXPIRED, _T.COMMIT): _S.COMMITTED,  # paid in time, told late: the stock is taken again
    (_S.EXPIRED, _T.FALL_SHORT): _S.SHORT,
    (_S.EXPIRED, _T.RELEASE): _S.RELEASED,
    (_S.COMMITTED, _T.RELEASE): _S.RELEASED,  # intercepted before it went out
    (_S.COMMITTED, _T.DISPATCH): _S.COMMITTED,
    (_S.REFUSED, _T.RELEASE): _S.REFUSED,  # nothing was held, and that is the answer
    (_S.SHORT, _T.RELEASE): _S.SHORT,
    (_S.RELEASED, _T.RELEASE): _S.RELEASED,
}


@dataclass(frozen=True, slots=True)
class ReservedLine:
    """A line with what the product said when it was reserved; ``cap`` is what one customer may take of the sku."""

    wanted: Wanted
    at_payment: bool = False
    low_stock: int = 0
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """Units of a line that one warehouse gives; ``taken`` is false while they are planned, not yet reserved."""

    line_id: str
    sku: str
    warehouse_id: str
    quantity: int
    taken: bool = True
    released: int = 0
    shipped: int = 0
    missing: int = 0

    @property
    def left(self) -> int:
        """Units that are still to be shipped."""
        return self.quantity - self.released - self.shipped - self.missing


@dataclass(frozen=True, slots=True)
class Units:
    """Units of a line, of one warehouse or of whichever gives them."""

    line_id: str
    quantity: int
    warehouse_id: str | None = None


@dataclass(frozen=True)
class Reservation:
    """What is held for an order; ``ends`` is the minute at which a hold that is not committed ends.

    ``releases`` and ``restocks`` keep the answer to each cause, ``shipments`` the shipments that were dispatched or
    picked short.
    """

    order_id: str
    customer_id: str
    region: str
    state: ReservationState
    lines: tuple[ReservedLine, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    hold_until: datetime | None = None
    ends: datetime | None = None
    extended: bool = False
    cost: int = 0
    alternatives: tuple[Alternative, ...] = ()
    reason: str = ""
    short: tuple[Shortage, ...] = ()
    releases: Mapping[str, tuple[Piece, ...]] = field(default_factory=dict)
    restocks: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    shipments: tuple[str, ...] = ()

    def line(self, *, line_id: str) -> ReservedLine:
        """Return a line of the reservation."""
        return next(each for each in self.lines if each.wanted.line_id == line_id)

    def open_pieces(self) -> tuple[Piece, ...]:
        """Return what is still to be shipped."""
        return pieces_of(allocations=self.allocations)

    def ended(self) -> bool:
        """Say whether nothing is left to ship or to wait for."""
        return all(each.left == 0 for each in self.allocations)


def after(*, state: ReservationState, trigger: Trigger) -> ReservationState | None:
    """Return the state that a trigger leads to, None when it leads nowhere."""
    return TRANSITIONS.get((state, trigger))


def pieces_of(*, allocations: Iterable[Allocation]) -> tuple[Piece, ...]:
    """Return what of these allocations is still to be shipped."""
    return tuple(Piece(each.line_id, each.sku, each.warehouse_id, each.left) for each in allocations if each.left)


def allocated(*, pieces: Sequence[Piece], lines: Sequence[ReservedLine]) -> tuple[Allocation, ...]:
    """Return the allocations of a plan; units that are deducted at payment are only planned."""
    later = {each.wanted.line_id for each in lines if each.at_payment}
    return tuple(Allocation(*_fields(piece), taken=piece.line_id not in later) for piece in pieces)


def released(
    *, allocations: Sequence[Allocation], units: Sequence[Units]
) -> tuple[tuple[Allocation, ...], tuple[tuple[Allocation, int], ...]]:
    """Return the allocations after a release, and the units that each of them gave, the last one first.

    More than there is releases what there is. Units that the picker missed are not there: they have left the stock.
    """
    rest = list(allocations)
    given: list[tuple[Allocation, int]] = []
    for want in units:
        open_units = want.quantity
        for number in _of(rest, want):
            stocked = min(open_units, rest[number].left)
            if stocked:
                given.append((rest[number], stocked))
                rest[number] = replace(rest[number], released=rest[number].released + stocked)
                open_units -= stocked
    return tuple(rest), tuple(given)


def everything(*, allocations: Sequence[Allocation]) -> tuple[Units, ...]:
    """Return all units that were not shipped."""
    return tuple(Units(each.line_id, each.left, each.warehouse_id) for each in allocations if each.left)


def _of(allocations: Sequence[Allocation], want: Units) -> list[int]:
    return [
        number
        for number in reversed(range(len(allocations)))
        if allocations[number].line_id == want.line_id and want.warehouse_id in {None, allocations[number].warehouse_id}
    ]


def shipped(*, allocations: Sequence[Allocation], pieces: Sequence[Piece]) -> tuple[Allocation, ...] | None:
    """Return the allocations after these pieces went out, None when more went than was left."""
    rest = list(allocations)
    for piece in pieces:
        places = _places(rest, piece)
        if sum(units for _, units in places) < piece.quantity:
            return None
        for number, units in places:
            rest[number] = replace(rest[number], shipped=rest[number].shipped + units)
    return tuple(rest)


def missed(*, allocations: Sequence[Allocation], pieces: Sequence[Piece]) -> tuple[tuple[Allocation, ...], list[int]]:
    """Return the allocations after these pieces were not found, and how much of each piece was still reserved.

    What was not is released already: the news of the picker came after the cancellation of the same units.
    """
    rest = list(allocations)
    reserved: list[int] = []
    for piece in pieces:
        places = _places(rest, piece)
        reserved.append(sum(units for _, units in places))
        for number, units in places:
            rest[number] = replace(rest[number], missing=rest[number].missing + units)
    return tuple(rest), reserved


def _places(allocations: Sequence[Allocation], piece: Piece) -> list[tuple[int, int]]:
    """Return which allocations the units of a piece are in: a line taken at payment may have one that is used up."""
    places, wanted = [], piece.quantity
    for number, each in enumerate(allocations):
        units = min(wanted, each.left) if _fields(each)[:3] == _fields(piece)[:3] else 0
        if units:
            places.append((number, units))
            wanted -= units
    return places


def _fields(of: Piece | Allocation) -> tuple[str, str, str, int]:
    return of.line_id, of.sku, of.warehouse_id, of.quantity
