"""The auditor follows journalled messages to the inboxes of those who take them."""

from collections.abc import Mapping
from typing import Any

import pytest

from order.audit.letters import LATE_SECONDS
from services.order.tests.unit.test_audit import House, violations

RESERVE = "inventory.reserve-stock.v1"


def row(number: int, *, key: str = "k", age: float = 100.0, type_: str = RESERVE) -> Mapping[str, Any]:
    """Return a message that order journalled."""
    topic = f"{type_.partition('.')[0]}.commands"
    message_id = f"m{number}"
    return {
        "place": f"2026-01-05/{number}",
        "shard": 1,
        "message_id": message_id,
        "type": type_,
        "topic": topic,
        "key": key,
        "fingerprint": f"f-{message_id}",
        "age_seconds": age,
    }


def house(*rows: Mapping[str, Any], handled: Mapping[str, str | None]) -> House:
    """Return a house where order journalled these messages and inventory handled those."""
    return House({}, journals={"order": list(rows)}, inboxes={"inventory": handled})


def sound(*numbers: int) -> dict[str, str | None]:
    """Return an inbox that has handled these messages."""
    return {f"m{number}": f"f-m{number}" for number in numbers}


LOST = f"inventory: message m1: {RESERVE} of k, by order, was never handled"


async def test_messages_that_arrived_violate_nothing() -> None:
    """Messages that were handled or parked, and those that nobody takes, are in order; pages are followed."""
    nobody = row(4, type_="order.placed.v1")
    whole = house(row(1), row(2), row(3), nobody, handled={**sound(1, 3), "m2": None})
    report = await whole.audit()
    assert [] == violations(report)
    assert any("by each one that takes it (3)" in line for line in report.lines())
    assert any("fingerprint of what was journalled (2)" in line for line in report.lines())


async def test_a_message_that_a_later_one_overtook_is_lost() -> None:
    """A message that was not handled while a later one of its lane was is named."""
    assert [LOST] == violations(await house(row(1), row(2), handled=sound(2)).audit())


async def test_a_message_of_another_lane_overtakes_nothing() -> None:
    """What lies in another partition says nothing of a message that waits."""
    assert [] == violations(await house(row(1), row(2, key="another"), handled=sound(2)).audit())


@pytest.mark.parametrize(
    "age, at_rest, expected", [(LATE_SECONDS, False, []), (LATE_SECONDS + 1, False, [LOST]), (1.0, True, [LOST])]
)
async def test_a_message_may_wait_while_its_taker_is_away(age: float, at_rest: bool, expected: list[str]) -> None:  # noqa: FBT001 - pytest gives a case by position
    """A message that nothing has overtaken is under way for a quarter of an hour, and not at all at rest."""
    assert expected == violations(await house(row(1, age=age), handled={}).audit(at_rest=at_rest))


async def test_a_message_that_arrives_meanwhile_is_not_lost() -> None:
    """A message that looks lost is asked for again before it counts."""
    late = house(row(1), row(2), handled=sound(2))
    known, asked = late._known, []

    def answers(service: str, ids: list[str]) -> Mapping[str, str | None]:
        found = known(service, ids)
        asked.append(ids)
        late.inboxes = {"inventory": sound(1, 2)}
        return found

    late._known = answers  # type: ignore[method-assign]  # the second answer differs from the first
    assert ([], [["m1", "m2"], ["m1"]]) == (violations(await late.audit()), asked)


async def test_a_message_that_was_handled_with_another_body_is_named() -> None:
    """A handled message whose fingerprint is not that of what was journalled is named under I8."""
    report = await house(row(1), handled={"m1": "another"}).audit()
    assert [f"inventory: message m1: {RESERVE} of k, by order, was handled with another body"] == violations(report)
    assert any(line.startswith("I8 answers: 1 wrong") for line in report.lines())
