"""The contracts of the toy service."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

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
