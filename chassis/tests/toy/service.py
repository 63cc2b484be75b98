"""A toy service that holds seats: it uses every part of the programming model, to test the chassis with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from chassis.decision import (
    Append,
    Call,
    Context,
    Decision,
    Kind,
    NotYet,
    Poison,
    RowKind,
    Save,
    Timer,
    View,
)
from chassis.publisher import Publisher
from chassis.routes import Route, Routes
from chassis.tables import RowTable, SharedTable, Table, Tables
from contracts.registry import MessageType, Registry
from contracts.values import Contract


class HoldSeatsV1(Contract):
    booking_id: str
    show: str
    seats: Annotated[int, Field(ge=1)]
    note: str = ""


class CancelBookingV1(Contract):
    booking_id: str
    reason: str = "changed_my_mind"


class PayBookingV1(Contract):
    booking_id: str
    receipt: str


class SeatsHeldV1(Contract):
    booking_id: str
    show: str
    seats: int
    note: str = ""


class SeatsRefusedV1(Contract):
    booking_id: str
    reason: str


class BookingCancelledV1(Contract):
    booking_id: str
    reason: str


class BookingPaidV1(Contract):
    booking_id: str
    receipt: Annotated[str, Field(max_length=40)]


def _type(name: str, model: type[Contract], topic: str) -> MessageType:
    return MessageType(f"toy.{name}.v1", model, f"toy.{topic}", "command", "booking_id")


REGISTRY = Registry(
    types=(
        _type("hold-seats", HoldSeatsV1, "commands"),
        _type("cancel-booking", CancelBookingV1, "commands"),
        _type("pay-booking", PayBookingV1, "commands"),
        _type("seats-held", SeatsHeldV1, "events"),
        _type("seats-refused", SeatsRefusedV1, "events"),
        _type("booking-cancelled", BookingCancelledV1, "events"),
        _type("booking-paid", BookingPaidV1, "events"),
    )
)


@dataclass(frozen=True, slots=True)
class Booking:
    booking_id: str
    show: str
    seats: int
    state: str


@dataclass(frozen=True, slots=True)
class Show:
    show: str
    free: int


@dataclass(frozen=True, slots=True)
class Receipt:
    receipt: str
    booking_id: str


@dataclass(frozen=True, slots=True)
class HoldSeats:
    booking_id: str
    show: str
    seats: int
    note: str


@dataclass(frozen=True, slots=True)
class CancelBooking:
    booking_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PayBooking:
    booking_id: str
    receipt: str


@dataclass(frozen=True, slots=True)
class HoldEnded:
    booking_id: str


@dataclass(frozen=True, slots=True)
class Charged:
    booking_id: str
    verdict: str
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class SeatsHeld:
    booking_id: str
    show: str
    seats: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class SeatsRefused:
    booking_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class BookingCancelled:
    booking_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class BookingPaid:
    booking_id: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Play:
    title: str
    acts: int


BOOKING = Kind(name="booking", of=Booking)
SHOW = Kind(name="show", of=Show, shared=True)
RECEIPT = RowKind(name="receipt", of=Receipt)
PLAY = Kind(name="play", of=Play)

HOLD = timedelta(minutes=10)


def hold_seats(command: HoldSeats, view: View, context: Context) -> Decision:
    if command.note == "poison":
        raise Poison("this note is poison")
    if command.note == "bug":
        raise ZeroDivisionError("a bug of the handler")
    if view.get(BOOKING, command.booking_id) is not None:
        return Decision(outcome="duplicate")
    show = view.get(SHOW, command.show)
    if show is None or show.free < command.seats:
        return Decision(
            emits=(SeatsRefused(command.booking_id, "sold_out"),), outcome="rejected", answer={"reason": "sold_out"}
        )
    booking = Booking(command.booking_id, command.show, command.seats, "held")
    return Decision(
        saves=(
            Save(SHOW, show.show, replace(show, free=show.free - command.seats)),
            Save(BOOKING, booking.booking_id, booking),
        ),
        emits=(SeatsHeld(booking.booking_id, booking.show, booking.seats, command.note),),
        timers=(
            Timer(
                id=f"hold:{booking.booking_id}",
                name="hold-ended",
                key=booking.booking_id,
                due=context.now + HOLD,
                data={"booking_id": booking.booking_id},
            ),
        ),
        answer={"seats": command.seats},
    )


def cancel_booking(command: CancelBooking, view: View, context: Context) -> Decision:
    booking = view.get(BOOKING, command.booking_id)
    if booking is None:
        raise NotYet(f"no booking {command.booking_id}")
    if booking.state == "cancelled":
        return Decision(outcome="duplicate")
    show = view.get(SHOW, booking.show)
    assert show is not None
    return Decision(
        saves=(
            Save(SHOW, show.show, replace(show, free=show.free + booking.seats)),
            Save(BOOKING, booking.booking_id, replace(booking, state="cancelled")),
        ),
        emits=(BookingCancelled(booking.booking_id, command.reason),),
        drops=(f"hold:{booking.booking_id}", f"charge:{booking.booking_id}"),
    )


def hold_ended(command: HoldEnded, view: View, context: Context) -> Decision:
    return cancel_booking(CancelBooking(command.booking_id, "hold_ended"), view, context)


def pay_booking(command: PayBooking, view: View, context: Context) -> Decision:
    booking = view.get(BOOKING, command.booking_id)
    if booking is None:
        raise NotYet(f"no booking {command.booking_id}")
    return Decision(
        rows=(Append(RECEIPT, Receipt(command.receipt, booking.booking_id), unique=command.receipt),),
        calls=(
            Call(
                id=f"charge:{booking.booking_id}",
                name="charge",
                key=booking.booking_id,
                data={"booking_id": booking.booking_id, "receipt": command.receipt},
            ),
        ),
    )


def charged(command: Charged, view: View, context: Context) -> Decision:
    booking = view.get(BOOKING, command.booking_id)
    assert booking is not None
    if command.verdict == "no":
        return cancel_booking(CancelBooking(command.booking_id, "declined"), view, context)
    return Decision(
        saves=(Save(BOOKING, booking.booking_id, replace(booking, state="paid")),),
        emits=(BookingPaid(booking.booking_id, command.receipt),),
        drops=(f"hold:{booking.booking_id}",),
    )


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
    SharedTable(kind=SHOW, load="lock_shows", save="change_shows", make=_shows, change=_change),
    Table(kind=BOOKING, load="load_bookings", save="save_bookings", row=lambda booking: (booking.state,)),
    RowTable(kind=RECEIPT, insert="insert_receipts", row=lambda receipt: (receipt.receipt, receipt.booking_id)),
    Table(kind=PLAY, load="load_plays", save="save_plays"),
)
