"""A toy service that holds seats: it uses every part of the programming model, to test the chassis with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.decision import Kind
from chassis.publisher import Publisher
from chassis.routes import Route, Routes
from chassis.tables import RowTable, SharedTable, Table, Tables
from toy.domain import (
    BOOKING,
    HOLD,
    PLAY,
    RECEIPT,
    SHOW,
    Booking,
    BookingCancelled,
    BookingPaid,
    CancelBooking,
    Charged,
    HoldEnded,
    HoldSeats,
    PayBooking,
    Play,
    Receipt,
    SeatsHeld,
    SeatsRefused,
    Show,
)
from toy.handlers import cancel_booking, charged, hold_ended, hold_seats, pay_booking
from toy.messages import (
    REGISTRY,
    BookingCancelledV1,
    BookingPaidV1,
    CancelBookingV1,
    HoldSeatsV1,
    PayBookingV1,
    SeatsHeldV1,
    SeatsRefusedV1,
)

__all__ = [
    "BOOKING",
    "HOLD",
    "PLAY",
    "PUBLISH",
    "RECEIPT",
    "REGISTRY",
    "ROUTES",
    "SHOW",
    "TABLES",
    "Booking",
    "BookingCancelled",
    "BookingCancelledV1",
    "BookingPaid",
    "BookingPaidV1",
    "CancelBooking",
    "CancelBookingV1",
    "Charged",
    "HoldEnded",
    "HoldSeats",
    "HoldSeatsV1",
    "PayBooking",
    "PayBookingV1",
    "Play",
    "Receipt",
    "SeatsHeld",
    "SeatsHeldV1",
    "SeatsRefused",
    "SeatsRefusedV1",
    "Show",
]


def _booking(command: Any) -> list[tuple[Kind[Any], str]]:
    return [(BOOKING, command.booking_id)]


def _refusal(command: HoldSeats, reason: str) -> SeatsRefused:
    return SeatsRefused(command.booking_id, "cannot_be_handled")


ROUTES = Routes(
    Route(
        type="toy.hold-seats.v1",
        command=HoldSeats,
        handler=hold_seats,
        loads=_booking,
        locks=lambda command, _view: [(SHOW, command.show)],
        refusal=_refusal,
    ),
    Route(type="toy.cancel-booking.v1", command=CancelBooking, handler=cancel_booking, loads=_booking),
    Route(type="toy.pay-booking.v1", command=PayBooking, handler=pay_booking, loads=lambda _command: ()),
    Route(type="timer.hold-ended", command=HoldEnded, handler=hold_ended, loads=_booking),
    Route(type="answer.charge", command=Charged, handler=charged, loads=_booking),
)

PUBLISH = Publisher(
    {
        SeatsHeld: SeatsHeldV1,
        SeatsRefused: SeatsRefusedV1,
        BookingCancelled: BookingCancelledV1,
        BookingPaid: BookingPaidV1,
    },
    registry=REGISTRY,
)


def _shows(rows: Sequence[Mapping[str, Any]]) -> dict[str, Show]:
    return {row["show"]: Show(row["show"], row["free"]) for row in rows}


def _change(before: Show | None, after: Show) -> list[tuple[str, int]]:
    return [(after.show, after.free - (before.free if before else 0))]


TABLES = Tables(
    SharedTable(
        kind=SHOW,
        load="lock_shows",
        save="change_shows",
        make=_shows,
        change=_change,
        holds=lambda show: show.free >= 0,
    ),
    Table(
        kind=BOOKING,
        load="load_bookings",
        save="save_bookings",
        row=lambda booking: (booking.state,),
        holds=lambda booking: booking.state in {"held", "paid", "cancelled"},
    ),
    RowTable(kind=RECEIPT, insert="insert_receipts", row=lambda receipt: (receipt.receipt, receipt.booking_id)),
    Table(kind=PLAY, load="load_plays", save="save_plays"),
)
