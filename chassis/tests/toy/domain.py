"""Aggregates, commands and events of the toy service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from chassis.decision import Kind, RowKind


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


BOOKING = Kind(name="booking", of=Booking, keyed=True)
SHOW = Kind(name="show", of=Show, shared=True)
RECEIPT = RowKind(name="receipt", of=Receipt)
PLAY = Kind(name="play", of=Play)

HOLD = timedelta(minutes=10)
