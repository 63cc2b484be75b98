"""Says in the log what an operator must look at: messages set aside, parked, or repeated with another body."""

from __future__ import annotations

import structlog

from chassis.telemetry import trace_id_of
from chassis.verdicts import Processed, Verdict

log = structlog.get_logger()

EVENTS = {
    Verdict.DEAD: "message.dead_letter",
    Verdict.PARKED: "message.parked",
    Verdict.CONFLICT: "message.conflict",
}


def log_bad_ends(*, processed: Processed) -> None:
    """Log each message that was not simply handled, by its ids and without its data."""
    for handled in processed.handled:
        event = EVENTS.get(handled.verdict)
        if event is None:
            continue
        message = handled.message
        log.warning(
            event,
            type=message.type,
            order_id=message.correlation_id or message.key,
            message_id=message.id,
            trace_id=trace_id_of(message.traceparent),
            topic=message.record.topic,
            partition=message.record.partition,
            offset=message.record.offset,
            reason=(handled.answer or {}).get("reason") if handled.verdict is Verdict.DEAD else None,
        )
