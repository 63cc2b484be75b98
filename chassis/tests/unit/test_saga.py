from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chassis import saga as engine
from chassis.saga import Move, Patience, Phase, Saga, SagaState, Step

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BRIEF = Patience(first=10 * SECOND, slowest=60 * SECOND, tries=3)
RELEASE = Step(name="release", command="release", success=frozenset({"released"}), patience=BRIEF)
VOID = Step(
    name="void", command="void", success=frozenset({"voided"}), refusal=frozenset({"void-refused"}), patience=BRIEF
)
TRIP = Saga(
    name="trip",
    pivot="ship",
    steps=(
        Step(
            name="hold",
            command="hold",
            success=frozenset({"held"}),
            refusal=frozenset({"hold-refused"}),
            compensation=RELEASE,
            patience=BRIEF,
        ),
        Step(
            name="ask",
            command="ask",
            success=frozenset({"asked", "proven"}),
            refusal=frozenset({"declined"}),
            compensation=VOID,
            patience=BRIEF,
        ),
        Step(name="paid", success=frozenset({"paid", "proven"}), expires=True, patience=BRIEF),
        Step(name="proof", success=frozenset({"proven"}), refusal=frozenset({"voided"}), nudge="ask", patience=BRIEF),
        Step(
            name="ship",
            command="ship",
            success=frozenset({"shipped"}),
            refusal=frozenset({"ship-refused"}),
            patience=BRIEF,
        ),
    ),
)
PLAN = ("hold", "ask", "paid", "proof", "ship")
WORDS = (
    *("held", "hold-refused", "asked", "declined", "paid", "proven", "voided", "void-refused", "released"),
    *("shipped", "ship-refused", "nonsense"),
)


def begin(plan: tuple[str, ...] = PLAN) -> Move:
    return engine.start(saga=TRIP, plan=plan, now=NOW, deadline=NOW + timedelta(hours=1))


def after(*words: str, plan: tuple[str, ...] = PLAN) -> Move:
    move = begin(plan)
    for word in words:
        move = engine.reply(saga=TRIP, state=move.state, reply=word, now=NOW)
    return move


def test_the_first_step_is_asked_at_once() -> None:
    """A saga begins with the command of its first step and a clock."""
    move = begin()
    assert (("hold",), NOW + 10 * SECOND) == (move.commands, move.due)


def test_an_empty_plan_is_done() -> None:
    """A plan without steps ends at once, without a clock."""
    move = begin(plan=())
    assert (Phase.DONE, (), None) == (move.state.phase, move.commands, move.due)


@pytest.mark.parametrize(
    "words, commands, waits_at",
    [
        (("held",), ("ask",), "ask"),
        (("held", "asked"), (), "paid"),
        (("held", "asked", "paid"), (), "proof"),
        (("held", "asked", "paid", "proven"), ("ship",), "ship"),
        (("held", "proven"), ("ship",), "ship"),
        (("held", "asked", "proven"), ("ship",), "ship"),
        (("held", "asked", "paid", "proven", "shipped"), (), None),
    ],
)
def test_success_goes_forward(words: tuple[str, ...], commands: tuple[str, ...], waits_at: str | None) -> None:
    """Given these replies, this is sent; one word may answer several steps."""
    move = after(*words)
    assert (commands, waits_at) == (move.commands, move.state.waits_at)


@pytest.mark.parametrize(
    "words, commands, phase",
    [
        (("hold-refused",), (), Phase.UNDONE),
        (("held", "declined"), ("release",), Phase.BACKWARD),
        (("held", "declined", "released"), (), Phase.UNDONE),
        (("held", "asked", "paid", "voided"), ("release",), Phase.BACKWARD),
    ],
)
def test_refusal_before_the_pivot_undoes(words: tuple[str, ...], commands: tuple[str, ...], phase: Phase) -> None:
    """A refused step is not undone itself, what was done before it is, and what is undone already is left out."""
    move = after(*words)
    assert (commands, phase) == (move.commands, move.state.phase)


def test_a_wish_to_turn_round_undoes_the_step_in_flight() -> None:
    """A saga that is called off voids what it has asked for, then releases, and ends undone."""
    called_off = engine.refuse(saga=TRIP, state=after("held").state, reason="changed my mind", now=NOW)
    assert (("void",), "changed my mind") == (called_off.commands, called_off.state.reason)
    voided = engine.reply(saga=TRIP, state=called_off.state, reply="voided", now=NOW)
    assert ("release",) == voided.commands
    assert Phase.UNDONE is engine.reply(saga=TRIP, state=voided.state, reply="released", now=NOW).state.phase


def test_a_refused_compensation_goes_forward_again() -> None:
    """What cannot be undone counts as done: the saga goes on behind it."""
    called_off = engine.refuse(saga=TRIP, state=after("held", "asked").state, reason="late", now=NOW)
    forward = engine.reply(saga=TRIP, state=called_off.state, reply="void-refused", now=NOW)
    assert (Phase.FORWARD, "paid", "") == (forward.state.phase, forward.state.waits_at, forward.state.reason)


def test_nothing_turns_round_after_the_pivot() -> None:
    """From the pivot on a wish is not heard, and a refusal is asked again later."""
    shipping = after("held", "proven").state
    assert shipping == engine.refuse(saga=TRIP, state=shipping, reason="changed my mind", now=NOW).state
    refused = engine.reply(saga=TRIP, state=shipping, reply="ship-refused", now=NOW)
    assert (Phase.FORWARD, "ship", (), 2) == (
        refused.state.phase,
        refused.state.waits_at,
        refused.commands,
        refused.state.tries,
    )


def test_a_step_that_expires_turns_round_at_the_deadline() -> None:
    """Waiting for money ends at the deadline, not before."""
    waiting = after("held", "asked").state
    assert waiting == engine.timeout(saga=TRIP, state=waiting, now=NOW + timedelta(minutes=59)).state
    expired = engine.timeout(saga=TRIP, state=waiting, now=NOW + timedelta(hours=1))
    assert (("void",), "deadline") == (expired.commands, expired.state.reason)


def test_silence_is_asked_again_with_back_off_until_stuck() -> None:
    """Each try waits twice as long up to the slowest; the last of the budget raises the flag, and asking goes on."""
    move, waits, flags = begin(), [], []
    for _ in range(5):
        rang = move.state.due or NOW
        move = engine.timeout(saga=TRIP, state=move.state, now=rang)
        assert ("hold",) == move.commands
        waits.append(((move.due or NOW) - rang) // SECOND)
        flags.append(move.state.stuck)
    assert [20, 40, 60, 60, 60] == waits
    assert [False, False, True, True, True] == flags


def test_a_waiting_step_nudges() -> None:
    """A step that waits for another's word reminds when its clock rings."""
    waiting = after("held", "asked", "paid").state
    assert ("ask",) == engine.timeout(saga=TRIP, state=waiting, now=waiting.due or NOW).commands


def test_an_operator_may_retry_skip_and_force() -> None:
    """Retry asks at once with a new budget, skip takes the step for done, force ends the saga with its reason."""
    stuck = replace(begin().state, tries=9, stuck=True)
    retried = engine.retry(saga=TRIP, state=stuck, now=NOW)
    assert (("hold",), 1, False) == (retried.commands, retried.state.tries, retried.state.stuck)
    assert ("ask",) == engine.skip(saga=TRIP, state=stuck, now=NOW).commands
    forced = engine.force(state=stuck, reason="by phone")
    assert (Phase.FORCED, "by phone", None) == (forced.state.phase, forced.state.reason, forced.due)


def test_the_rest_of_the_plan_may_come_with_a_reply() -> None:
    """A reply may say which steps follow."""
    move = engine.reply(saga=TRIP, state=begin(plan=("hold",)).state, reply="held", now=NOW, then=("ship",))
    assert (("ship",), ("hold", "ship")) == (move.commands, move.state.plan)


def _events(state: SagaState) -> Iterator[Move]:
    late = (state.due or NOW) + SECOND
    for word in WORDS:
        yield engine.reply(saga=TRIP, state=state, reply=word, now=NOW)
    yield engine.refuse(saga=TRIP, state=state, reason="no", now=NOW)
    yield engine.timeout(saga=TRIP, state=state, now=NOW)
    yield engine.timeout(saga=TRIP, state=state, now=late)
    yield engine.retry(saga=TRIP, state=state, now=NOW)
    yield engine.skip(saga=TRIP, state=state, now=NOW)
    yield engine.force(state=state, reason="end")


def _shape(state: SagaState) -> SagaState:
    return replace(state, due=state.due and NOW, since=NOW, tries=min(state.tries, 4))


@pytest.mark.parametrize("plan", [PLAN, PLAN[1:], ("hold", "ship"), ("ask", "paid", "proof"), ("ship",)])
def test_no_event_leaves_a_running_saga_without_a_clock(plan: tuple[str, ...]) -> None:
    """Every state that any events lead to has ended without a clock, or waits with one; an end is never left."""
    first = begin(plan=plan)
    seen, todo = {_shape(first.state)}, [first]
    while todo:
        move = todo.pop()
        assert move.state.running == (move.due is not None) == (move.state.due is not None)
        assert move.state.running or not move.commands
        for following in _events(move.state):
            assert move.state.running or following.state == move.state
            if _shape(following.state) not in seen:
                seen.add(_shape(following.state))
                todo.append(following)
    assert {Phase.DONE, Phase.FORCED} <= {state.phase for state in seen}
