from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest

from chassis import saga as engine
from chassis.saga import Move, Saga, SagaState, Step
from chassis.testing import MONDAY
from contracts.consumers import FEEDS as FEED_TYPES
from contracts.consumers import SUBSCRIBED_EVENTS
from contracts.registry import REGISTRY
from order.app import build
from order.consumers import FEEDS, routes
from order.domain import facts, replies
from order.domain.requesting import _REQUESTS
from order.saga import SAGAS
from order.settings import OrderSettings

EACH = pytest.mark.parametrize("saga", list(SAGAS.values()), ids=lambda saga: saga.name)


def steps(saga: Saga) -> list[Step]:
    """All steps of a saga, compensations too."""
    return [each for step in saga.steps for each in (step, step.compensation) if each is not None]


@EACH
def test_each_step_asks_something_that_is_known(saga: Saga) -> None:
    """Each command and nudge has a builder, and each step that sends nothing waits for a word."""
    sent = {each for step in steps(saga) for each in (step.command, step.nudge) if each}
    assert sent <= set(_REQUESTS)
    assert all(step.success for step in steps(saga))


def test_each_builder_is_used() -> None:
    """No command is built that no step sends."""
    sent = {each for saga in SAGAS.values() for step in steps(saga) for each in (step.command, step.nudge) if each}
    assert sent == set(_REQUESTS)


@EACH
def test_each_word_is_a_reply(saga: Saga) -> None:
    """Each word that a step waits for is the name of a reply or a fact."""
    known = {_snake(name) for module in (replies, facts) for name in vars(module) if name[0].isupper()}
    assert {word for step in steps(saga) for word in step.success | step.refusal} <= known


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@EACH
def test_no_saga_waits_without_a_clock(saga: Saga) -> None:
    """Whatever steps are chosen and whatever words come, a running saga has a clock and an ended one has none."""
    names = [step.name for step in saga.steps]
    for size in range(len(names) + 1):
        for plan in combinations(names, size):
            _walk(saga, plan)


def _walk(saga: Saga, plan: tuple[str, ...]) -> None:
    words = sorted({word for step in steps(saga) for word in step.success | step.refusal})
    first = engine.start(saga=saga, plan=plan, now=MONDAY, deadline=MONDAY + timedelta(days=1))
    seen, todo = {_shape(first.state)}, [first]
    while todo:
        move = todo.pop()
        assert move.state.running == (move.state.due is not None)
        for following in (
            *(engine.reply(saga=saga, state=move.state, reply=word, now=MONDAY) for word in words),
            *_clock_and_wish(saga, move),
        ):
            if _shape(following.state) not in seen:
                seen.add(_shape(following.state))
                todo.append(following)


def _clock_and_wish(saga: Saga, move: Move) -> list[Move]:
    late = move.state.due or MONDAY
    return [
        engine.timeout(saga=saga, state=move.state, now=late),
        engine.refuse(saga=saga, state=move.state, reason="no", now=MONDAY),
        engine.skip(saga=saga, state=move.state, now=MONDAY),
    ]


def _shape(state: SagaState) -> SagaState:
    return replace(state, due=state.due and MONDAY, since=MONDAY, tries=min(state.tries, 2), reason="", stuck=False)


def test_each_subscribed_type_has_a_route() -> None:
    """What the contracts say that order takes is what it has routes and feeds for."""
    commands = {each.name for each in REGISTRY if each.owner == "order" and each.kind == "command"}
    taken = {name for name in routes() if not name.startswith(("timer.", "answer."))}
    assert commands | set(SUBSCRIBED_EVENTS["order"]) == taken
    assert set(FEED_TYPES["order"]) == {feed.type for feed in FEEDS}


def test_the_service_is_put_together() -> None:
    """The service is built without opening anything, and an operator's verb becomes a message."""
    made = build(
        settings=OrderSettings.model_validate(
            {"database_url": "postgresql://nowhere/order", "kafka_bootstrap": "nowhere:1", "api_token": "t"}
        )
    )
    assert made.operator is not None
    order_id = "00000000-0000-0000-0000-000000000000"
    verb = made.operator.verb(order_id=order_id, saga="checkout", verb="skip", operator="ann", reason="by phone")
    assert "order.operate-saga.v1" == REGISTRY.of(type(verb)).name
