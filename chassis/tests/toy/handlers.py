"""Decisions of the toy service."""

from __future__ import annotations

from dataclasses import replace

from chassis.decision import Append, Call, Context, Decision, NotYet, Poison, Save, Timer, View
from toy.domain import (
    BOOKING,
    HOLD,
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
    Receipt,
    SeatsHeld,
    SeatsRefused,
)


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
    if command.note == "stray":
        return Decision(saves=(Save(BOOKING, f"{booking.booking_id}'s", booking),))
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
