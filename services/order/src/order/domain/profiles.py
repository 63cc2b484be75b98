"""The profiles: each is a transition table with its clocks and the labels that a customer sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from order.domain.lifecycle import COD, LOCKS, PHYSICAL, PREPAID, VIRTUAL, State, Table, Trigger


class Label(StrEnum):
    """What a customer is shown; the outcomes beside the four labels say how an order ended."""

    AWAITING_PAYMENT = "awaiting_payment"
    AWAITING_SHIPMENT = "awaiting_shipment"
    AWAITING_RECEIPT = "awaiting_receipt"
    COMPLETED = "completed"


class ProfileName(StrEnum):
    """The ways of life that a place-order command may name."""

    EXPRESS = "express"
    STANDARD = "standard"
    PROMOTION = "promotion"
    CORPORATE = "corporate"
    COD = "cod"
    VIRTUAL = "virtual"
    VIRTUAL_PREPAID = "virtual_prepaid"


class ClockName(StrEnum):
    """The clocks of an order: T01 to T05 end waiting for money, T06 and T07 the service window, T08 the showing."""

    PAY_DEADLINE = "pay_deadline"
    SERVICE_WINDOW = "service_window"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """In these states the trigger fires after so long; marketplace merchants may have a time of their own."""

    name: ClockName
    states: frozenset[State]
    trigger: Trigger
    after: timedelta
    marketplace: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A way of life: its table, its clocks and its labels."""

    name: ProfileName
    table: Table
    clocks: tuple[Clock, ...]
    labels: Mapping[State, Label]

    def clock(self, *, name: ClockName) -> Clock | None:
        """Return the clock with this name, if the profile has it."""
        return next((clock for clock in self.clocks if clock.name is name), None)

    def states(self) -> tuple[State, ...]:
        """Return the states that an order of this profile can be in, in the order of the enum."""
        return tuple(state for state in State if any(state in {begin, end} for (begin, _), end in self.table.items()))

    def label(self, *, state: State, before: State | None) -> str:
        """Return what the customer is shown: a label, or the outcome; a lock shows the state before."""
        if state in LOCKS:
            return self.label(state=before or State.PLACING, before=None)
        return self.labels[state].value if state in self.labels else state.value


_PAY = {
    State.PLACING: Label.AWAITING_PAYMENT,
    State.AWAITING_PAYMENT: Label.AWAITING_PAYMENT,
    State.CONFIRMING_PAYMENT: Label.AWAITING_PAYMENT,  # L02: not yet reconciled
}
_SHIP = {
    State.AWAITING_PICK: Label.AWAITING_SHIPMENT,
    State.AWAITING_DISPATCH: Label.AWAITING_SHIPMENT,
    State.AWAITING_RECEIPT: Label.AWAITING_RECEIPT,
    State.SERVICE_WINDOW: Label.AWAITING_RECEIPT,
    State.COMPLETED: Label.COMPLETED,
}
_COD_LABELS = {State.PLACING: Label.AWAITING_SHIPMENT, **_SHIP}
_VIRTUAL_LABELS = {**_PAY, State.COMPLETED: Label.COMPLETED}
_PREPAID_LABELS = dict.fromkeys((State.PLACING, State.CONFIRMING_PAYMENT, State.COMPLETED), Label.COMPLETED)  # L14

_WINDOW = Clock(
    name=ClockName.SERVICE_WINDOW,
    states=frozenset({State.SERVICE_WINDOW}),
    trigger=Trigger.COMPLETED,
    after=timedelta(days=7),
    marketplace=timedelta(days=10),
)
_ARCHIVE = Clock(
    name=ClockName.ARCHIVE,
    states=frozenset({State.COMPLETED, State.CANCELLED}),
    trigger=Trigger.ARCHIVED,
    after=timedelta(days=730),
)


def _pay_within(after: timedelta) -> Clock:
    waiting = frozenset({State.AWAITING_PAYMENT})
    return Clock(name=ClockName.PAY_DEADLINE, states=waiting, trigger=Trigger.DEADLINE, after=after)


def _physical(name: ProfileName, pay: timedelta) -> Profile:
    clocks = (_pay_within(pay), _WINDOW, _ARCHIVE)
    return Profile(name=name, table=PHYSICAL, clocks=clocks, labels={**_PAY, **_SHIP})


_DAY = timedelta(days=1)
PROFILES: Mapping[ProfileName, Profile] = {
    profile.name: profile
    for profile in (
        _physical(ProfileName.EXPRESS, timedelta(minutes=3)),
        _physical(ProfileName.STANDARD, _DAY),
        _physical(ProfileName.PROMOTION, timedelta(minutes=30)),
        _physical(ProfileName.CORPORATE, 15 * _DAY),
        Profile(name=ProfileName.COD, table=COD, clocks=(_WINDOW, _ARCHIVE), labels=_COD_LABELS),
        Profile(
            name=ProfileName.VIRTUAL,
            table=VIRTUAL,
            clocks=(_pay_within(_DAY), _ARCHIVE),
            labels=_VIRTUAL_LABELS,
        ),
        Profile(name=ProfileName.VIRTUAL_PREPAID, table=PREPAID, clocks=(_ARCHIVE,), labels=_PREPAID_LABELS),
    )
}


def with_clocks(
    *, profiles: Mapping[ProfileName, Profile], seconds: Mapping[str, Mapping[str, int]]
) -> Mapping[ProfileName, Profile]:
    """Return the profiles with other clocks: seconds by profile and clock, where ``*`` means every profile."""
    return {
        name: replace(
            profile,
            clocks=tuple(_reset(clock, {**seconds.get("*", {}), **seconds.get(name, {})}) for clock in profile.clocks),
        )
        for name, profile in profiles.items()
    }


def _reset(clock: Clock, seconds: Mapping[str, int]) -> Clock:
    if clock.name not in seconds:
        return clock
    after = timedelta(seconds=seconds[clock.name])
    return replace(clock, after=after, marketplace=after if clock.marketplace else None)
