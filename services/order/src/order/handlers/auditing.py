"""The regular audit: asked of all services between two transactions; what it finds becomes exceptions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chassis.decision import Call, Context, Decision, Save, Timer, View
from order.domain.commands import AuditDone, AuditDue, CloseException
from order.domain.events import ExceptionClosed, ExceptionOpened
from order.domain.exceptions import (
    AUDITOR,
    EXCEPTION,
    LAST_AUDIT,
    AuditException,
    ExceptionState,
    LastAudit,
    closed,
    no_longer_seen,
    opened,
    seen,
)

AUDIT = "audit"
GONE = "no longer seen"
WHEN_OFF = timedelta(hours=1)
"""How often an audit that is switched off looks whether it still is."""


def audit_due(_command: AuditDue, _view: View, context: Context, *, every: timedelta | None) -> Decision:
    """Ask for the audit, or come back later when it is switched off."""
    if every is None:
        return Decision(timers=(_again(context, WHEN_OFF),))
    return Decision(calls=(Call(id=f"{AUDIT}:{context.message_id}", name=AUDIT, key=context.key),))


def audit_done(command: AuditDone, view: View, context: Context, *, every: timedelta | None) -> Decision:
    """Open an exception for each new violation, close those that are no longer seen, and set the next audit."""
    last = view.get(LAST_AUDIT, AUDITOR)
    wanted = {violation.number: violation for violation in command.violations}
    known = {each.exception_id: each for each in view.find(EXCEPTION, sorted({*wanted, *(last.open if last else ())}))}
    after = {
        number: seen(known=known[number], violation=violation, now=context.now)
        if number in known
        else opened(violation=violation, now=context.now)
        for number, violation in wanted.items()
    }
    news = [each for number, each in after.items() if _is_new(known.get(number), each)]
    gone = no_longer_seen(known=tuple(known.values()), violations=command.violations, whole=frozenset(command.whole))
    shut = [each for one in gone if (each := closed(known=one, by=AUDITOR, reason=GONE, now=context.now))]
    result = {**known, **after, **{each.exception_id: each for each in shut}}
    book = LastAudit(
        audited_at=context.now,
        checked=command.checked,
        violations=command.total,
        silent=command.silent,
        open=tuple(sorted(number for number, each in result.items() if each.state is ExceptionState.OPEN)),
    )
    return Decision(
        saves=(
            *(Save(EXCEPTION, each.exception_id, each) for each in (*after.values(), *shut)),
            Save(LAST_AUDIT, AUDITOR, book),
        ),
        emits=(*(_opened(each) for each in news), *(_closed(each) for each in shut)),
        timers=(_again(context, every or WHEN_OFF),),
    )


def close_exception(command: CloseException, view: View, context: Context) -> Decision:
    """Close an exception by hand, with a reason."""
    known = view.get(EXCEPTION, command.exception_id)
    last = view.get(LAST_AUDIT, AUDITOR)
    if known is None or last is None:
        return _refused(command, "unknown_exception")
    after = closed(known=known, by=command.operator, reason=command.reason, now=context.now)
    if after is None:
        return _refused(command, "already_closed")
    left = tuple(number for number in last.open if number != command.exception_id)
    return Decision(
        saves=(
            Save(EXCEPTION, command.exception_id, after),
            Save(LAST_AUDIT, AUDITOR, replace(last, open=left)),
        ),
        emits=(_closed(after),),
        answer={"exception_id": command.exception_id, "state": after.state.value},
    )


def _is_new(before: AuditException | None, after: AuditException) -> bool:
    was_open = before is not None and before.state is ExceptionState.OPEN
    return after.state is ExceptionState.OPEN and not was_open


def _again(context: Context, pause: timedelta) -> Timer:
    return Timer(id=AUDIT, name=AUDIT, key=context.key, due=context.now + pause)


def _refused(command: CloseException, reason: str) -> Decision:
    return Decision(outcome="rejected", answer={"exception_id": command.exception_id, "reason": reason})


def _opened(each: AuditException) -> ExceptionOpened:
    return ExceptionOpened(
        exception_id=each.exception_id,
        invariant=each.invariant,
        says=each.says,
        owner=each.owner,
        subject=each.subject,
        found=each.found,
        opened_at=each.opened_at,
    )


def _closed(each: AuditException) -> ExceptionClosed:
    return ExceptionClosed(
        exception_id=each.exception_id, closed_by=each.closed_by, reason=each.reason, closed_at=each.closed_at
    )
