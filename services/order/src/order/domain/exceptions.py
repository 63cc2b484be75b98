"""Exceptions of the regular audit: violations that were found, each with a number, an owner and an age.

STATES is the whole life of one. What a person closed stays closed while the same is found: he knows of it. What the
audit closed, because it did not see it any more, opens again when it does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chassis.decision import Kind

LONGEST = 500
AUDITOR = "audit"
"""Who closes what is no longer seen, and the key under which all of the audit is decided."""


class ExceptionState(StrEnum):
    """Whether a person must look."""

    OPEN = "open"
    CLOSED = "closed"


class Trigger(StrEnum):
    """What happens to an exception."""

    SEE = "see"
    CLOSE = "close"


STATES: Mapping[tuple[ExceptionState, Trigger], ExceptionState] = {
    (ExceptionState.OPEN, Trigger.SEE): ExceptionState.OPEN,  # the same violation again is no second exception
    (ExceptionState.OPEN, Trigger.CLOSE): ExceptionState.CLOSED,
    (ExceptionState.CLOSED, Trigger.SEE): ExceptionState.OPEN,  # unless a person closed it and nothing has changed
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A fact that the audit found broken."""

    invariant: str
    says: str
    owner: str
    subject: str
    found: str = ""

    @property
    def number(self) -> str:
        """The number of the exception that it opens: by what is broken and of what, not by the figures found."""
        what = f"{self.invariant}\n{self.says}\n{self.owner}\n{self.subject}"
        return f"audit-{hashlib.sha256(what.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditException:
    """A violation that a person must look at, or had to."""

    exception_id: str
    invariant: str
    says: str
    owner: str
    subject: str
    found: str
    opened_at: datetime
    seen_at: datetime
    state: ExceptionState = ExceptionState.OPEN
    closed_at: datetime | None = None
    closed_by: str = ""
    reason: str = ""

    @property
    def known_to_somebody(self) -> bool:
        """Whether a person closed it."""
        return self.state is ExceptionState.CLOSED and self.closed_by != AUDITOR


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAudit:
    """What the last regular audit did, and which exceptions are open."""

    audited_at: datetime
    checked: int = 0
    violations: int = 0
    silent: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


EXCEPTION = Kind(name="exception", of=AuditException)
LAST_AUDIT = Kind(name="last_audit", of=LastAudit)


def opened(*, violation: Violation, now: datetime) -> AuditException:
    """Return a new exception."""
    return AuditException(
        exception_id=violation.number,
        invariant=violation.invariant,
        says=violation.says[:LONGEST],
        owner=violation.owner,
        subject=violation.subject[:LONGEST],
        found=violation.found[:LONGEST],
        opened_at=now,
        seen_at=now,
    )


def seen(*, known: AuditException, violation: Violation, now: datetime) -> AuditException:
    """Return the exception after its violation was found once more."""
    found = violation.found[:LONGEST]
    if known.known_to_somebody and found == known.found:
        return replace(known, seen_at=now)
    if known.state is ExceptionState.CLOSED:
        return opened(violation=violation, now=now)
    return replace(known, state=STATES[known.state, Trigger.SEE], found=found, seen_at=now)


def closed(*, known: AuditException, by: str, reason: str, now: datetime) -> AuditException | None:
    """Return the exception after somebody closed it, None when it is closed already."""
    state = STATES.get((known.state, Trigger.CLOSE))
    return None if state is None else replace(known, state=state, closed_by=by, reason=reason, closed_at=now)


def no_longer_seen(
    *, known: Sequence[AuditException], violations: Sequence[Violation], whole: frozenset[tuple[str, str]]
) -> tuple[AuditException, ...]:
    """Return the open exceptions that an audit did not see, of the facts of which it has shown all (``whole``)."""
    found = {violation.number for violation in violations}
    return tuple(
        each
        for each in known
        if each.state is ExceptionState.OPEN and each.exception_id not in found and (each.invariant, each.says) in whole
    )
