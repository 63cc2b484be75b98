from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from toy import service as toy
from toy.domain import PLAY

from chassis.decision import Context, Decision, View
from chassis.routes import Ref, Route, Routes
from chassis.store.memory import MemoryStore
from chassis.store.values import Loaded
from chassis.testing import Bench

BOOKING = toy.Booking("b1", "hamlet", 2, "held")
HAMLET = toy.Play("Hamlet", acts=5)


class Reads(MemoryStore):
    """A memory store that notes what is read together."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[list[str]] = []

    async def load(self, *, refs: Sequence[Ref]) -> Loaded:
        self.seen.append([f"{kind.name} {key}" for kind, key in refs])
        return await super().load(refs=refs)


class Theatre:
    """A bench with one route, whose handler says how many acts a booking has and how often it was asked."""

    def __init__(self, **hints: Any) -> None:
        self.decided = 0
        self.store = Reads()
        route = Route(
            type="toy.pay-booking.v1",
            command=toy.PayBooking,
            handler=self.pay,
            loads=lambda command: [(toy.BOOKING, command.booking_id)],
        )
        routes = Routes(replace(route, **hints))
        self.bench = Bench(service="toy", routes=routes, publisher=toy.PUBLISH, registry=toy.REGISTRY, store=self.store)
        self.bench.given(PLAY, "hamlet", HAMLET)

    def pay(self, command: toy.PayBooking, view: View, _context: Context) -> Decision:
        self.decided += 1
        booking = view.get(toy.BOOKING, command.booking_id)
        play = view.get(PLAY, booking.show) if booking is not None else None
        return Decision(answer={"acts": play.acts if play is not None else 0})

    def send(self) -> int:
        answer = self.bench.send(toy.PayBookingV1(booking_id="b1", receipt="r1")).answer
        assert answer is not None
        return int(answer["acts"])


def play_of(command: toy.PayBooking, view: View) -> Iterable[Ref]:
    booking = view.get(toy.BOOKING, command.booking_id)
    return [(PLAY, booking.show)] if booking is not None else []


def broken(_command: toy.PayBooking, _view: View) -> Iterable[Ref]:
    raise ZeroDivisionError("a bug of the hint")


def asking(_command: toy.PayBooking, view: View) -> Iterable[Ref]:
    view.get(PLAY, "hamlet")
    return []


@pytest.mark.parametrize(
    "hints, decided",
    [
        ({"follows": play_of}, 1),
        ({"follows": asking}, 1),
        ({}, 2),
        ({"follows": broken}, 2),
        ({"loads": lambda _command: 1 // 0, "follows": play_of}, 2),
    ],
    ids=["named", "asked for", "not named", "broken", "first hint broken"],
)
def test_what_the_first_aggregates_lead_to_is_read_before_the_decision(hints: dict[str, Any], decided: int) -> None:
    """With a second hint a batch is decided once; without it, or when a hint fails, again on what was asked for."""
    theatre = Theatre(**hints)
    theatre.bench.given(toy.BOOKING, "b1", BOOKING)
    assert (5, decided) == (theatre.send(), theatre.decided)
    assert [["booking b1"], ["play hamlet"]] == theatre.store.seen


def test_what_leads_nowhere_costs_no_read() -> None:
    """A second hint that names nothing, since the first aggregate is not there, leads to no second read."""
    theatre = Theatre(follows=play_of)
    assert (0, 1) == (theatre.send(), theatre.decided)
    assert [["booking b1"]] == theatre.store.seen
