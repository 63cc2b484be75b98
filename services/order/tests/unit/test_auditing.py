"""The regular audit: what becomes of the violations that it finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from chassis.store.values import Task
from chassis.testing import MONDAY, Bench, Happened
from contracts.auditing import CloseExceptionV1, ExceptionClosedV1, ExceptionOpenedV1
from order.consumers import routes
from order.domain.exceptions import (
    AUDITOR,
    EXCEPTION,
    LAST_AUDIT,
    STATES,
    AuditException,
    ExceptionState,
    LastAudit,
    Trigger,
    Violation,
)
from order.handlers.auditing import AUDIT, WHEN_OFF
from order.publishers import PUBLISH

HOUR = timedelta(hours=1)
SAYS = "movements add up to the counters of stock"
TEA = {"invariant": "I1", "says": SAYS, "owner": "inventory", "subject": "sku tea in north", "found": "3, moved 4"}
FISH = {**TEA, "subject": "sku fish in north"}
NUMBER = Violation(**TEA).number


@dataclass
class Desk:
    """The audits of a bench, one after the other; each finds what it is told to find."""

    bench: Bench = field(
        default_factory=lambda: Bench(service="order", routes=routes(audit_every=HOUR), publisher=PUBLISH)
    )

    def __post_init__(self) -> None:
        self.bench.store.waiting[AUDIT] = Task(
            id=AUDIT, shard=0, kind="timer", name=AUDIT, key=AUDIT, due=MONDAY, message_id="first", correlation_id=AUDIT
        )

    def audit(self, *found: Mapping[str, str], whole: Sequence[tuple[str, str]] = (("I1", SAYS),)) -> Happened:
        """Let an audit find these violations."""
        self.bench.advance(HOUR)
        (call,) = self.bench.calls()
        answer: dict[str, Any] = {"checked": 7, "total": len(found), "violations": list(found), "whole": list(whole)}
        return self.bench.answer_call(call, {"verdict": "yes", "silent": [], **answer})

    def close(self) -> Happened:
        """Close the exception of the tea by hand."""
        return self.bench.send(CloseExceptionV1(exception_id=NUMBER, operator="ann", reason="recounted"))

    @property
    def exception(self) -> AuditException:
        """The exception of the tea."""
        found = self.bench.aggregate(EXCEPTION, NUMBER)
        assert found is not None
        return found

    @property
    def last(self) -> LastAudit:
        """What the last audit did."""
        found = self.bench.aggregate(LAST_AUDIT, AUDITOR)
        assert found is not None
        return found


def test_an_audit_is_asked_for_at_its_time_and_again_after_its_pause() -> None:
    """The timer becomes one call, and the answer sets the next timer."""
    desk = Desk()
    assert () == desk.audit().emitted
    assert (desk.bench.clock.now() + HOUR, 7) == (desk.bench.timers()[AUDIT].due, desk.last.checked)
    assert {} == desk.bench.calls()


def test_an_audit_that_is_switched_off_comes_back_to_see_whether_it_still_is() -> None:
    """Without a pause nothing is asked, and the timer stays."""
    desk = Desk(bench=Bench(service="order", routes=routes(), publisher=PUBLISH))
    desk.bench.fire(AUDIT)
    assert ({}, MONDAY + WHEN_OFF) == (desk.bench.calls(), desk.bench.timers()[AUDIT].due)


def test_a_violation_opens_one_exception() -> None:
    """A violation gets a number, a row and an event; found again it is the same exception, with the newest figures."""
    desk = Desk()
    opened_at = MONDAY + HOUR
    (event,) = desk.audit(TEA).emitted
    assert ExceptionOpenedV1.model_validate({"exception_id": NUMBER, "opened_at": opened_at, **TEA}) == event
    assert () == desk.audit({**TEA, "found": "3, moved 5"}).emitted
    found = desk.exception
    assert ("3, moved 5", opened_at, opened_at + HOUR) == (found.found, found.opened_at, found.seen_at)
    assert ((NUMBER,), 1) == (desk.last.open, desk.last.violations)


def test_each_violation_has_an_exception_of_its_own() -> None:
    """Two subjects of one broken fact are two exceptions."""
    emitted = Desk().audit(TEA, FISH).emitted
    assert {"sku tea in north", "sku fish in north"} == {each.subject for each in emitted}  # type: ignore[attr-defined]  # both are opened
    assert 2 == len({each.exception_id for each in emitted})  # type: ignore[attr-defined]  # both are opened


def test_what_is_no_longer_seen_is_closed_by_the_audit() -> None:
    """An audit that checks the fact to its end and does not find the violation closes its exception, and says so."""
    desk = Desk()
    desk.audit(TEA)
    (event,) = desk.audit().emitted
    assert isinstance(event, ExceptionClosedV1)
    assert (NUMBER, AUDITOR, "no longer seen") == (event.exception_id, event.closed_by, event.reason)
    assert (ExceptionState.CLOSED, ()) == (desk.exception.state, desk.last.open)


def test_what_was_not_checked_to_its_end_stays_open() -> None:
    """An audit that could not see all of a fact, because a service was silent or too much was wrong, closes nothing."""
    desk = Desk()
    desk.audit(TEA)
    assert () == desk.audit(whole=()).emitted
    assert (ExceptionState.OPEN, (NUMBER,)) == (desk.exception.state, desk.last.open)


def test_what_the_audit_closed_opens_again() -> None:
    """A violation that comes back is a new opening under the same number."""
    desk = Desk()
    desk.audit(TEA)
    desk.audit()
    (event,) = desk.audit(TEA).emitted
    assert isinstance(event, ExceptionOpenedV1)
    assert (NUMBER, desk.bench.clock.now()) == (event.exception_id, desk.exception.opened_at)
    assert (ExceptionState.OPEN, None, "") == (desk.exception.state, desk.exception.closed_at, desk.exception.reason)


def test_an_operator_closes_an_exception_with_a_reason() -> None:
    """The verb closes the exception, says who and why, and takes it off the list of open ones."""
    desk = Desk()
    desk.audit(TEA)
    then = desk.close()
    (event,) = then.emitted
    assert isinstance(event, ExceptionClosedV1)
    assert ("ann", "recounted") == (event.closed_by, event.reason)
    assert ({"exception_id": NUMBER, "state": "closed"}, ()) == (then.answer, desk.last.open)


def test_what_an_operator_closed_stays_closed_while_nothing_changes() -> None:
    """The same finding after a person closed it opens nothing; another finding of the same subject does."""
    desk = Desk()
    desk.audit(TEA)
    desk.close()
    assert () == desk.audit(TEA).emitted
    assert (ExceptionState.CLOSED, "ann") == (desk.exception.state, desk.exception.closed_by)
    (event,) = desk.audit({**TEA, "found": "3, moved 9"}).emitted
    assert isinstance(event, ExceptionOpenedV1)
    assert "3, moved 9" == event.found


@pytest.mark.parametrize("closed, reason", [(False, "unknown_exception"), (True, "already_closed")])
def test_what_is_not_open_cannot_be_closed(closed: bool, reason: str) -> None:  # noqa: FBT001 - pytest gives a case by position
    """An exception that does not exist, or is closed, is refused by name."""
    desk = Desk()
    if closed:
        desk.audit(TEA)
        desk.close()
    then = desk.close()
    assert ("rejected", reason, ()) == (then.outcome, (then.answer or {}).get("reason"), then.emitted)


def test_long_words_are_cut_to_what_a_message_may_hold() -> None:
    """A finding of any length is told, shortened."""
    (event,) = Desk().audit({**TEA, "found": "x" * 9_000, "subject": "y" * 9_000}).emitted
    assert isinstance(event, ExceptionOpenedV1)
    assert (500, 500) == (len(event.found), len(event.subject))


def test_every_state_has_a_way_out() -> None:
    """What is open can be closed, and what is closed can be seen again."""
    assert {ExceptionState.OPEN: ExceptionState.CLOSED, ExceptionState.CLOSED: ExceptionState.OPEN} == {
        state: after for (state, _), after in STATES.items() if after is not state
    }
    assert set(Trigger) == {trigger for _, trigger in STATES}
