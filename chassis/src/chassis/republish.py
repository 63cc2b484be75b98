"""Send the log again after a broker has lost its own: an operator's message, carried out by the owner of each shard.

The owner holds live rows back, sends its log since the given time, oldest first, and then what the outbox holds. The
inboxes of those who read make the repetition harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from chassis.broker import Outgoing
from chassis.decision import Context, Decision, View
from chassis.message import Incoming, shard_of
from chassis.routes import Ref, Route
from chassis.sources import Clock, Ids
from chassis.verdicts import Processed, Verdict
from contracts.envelope import Envelope, to_headers
from contracts.registry import MessageType
from contracts.values import Contract, Id, Moment

log = structlog.get_logger()


class RepublishLogV1(Contract):
    """Send the log of the shard that this key belongs to again, from a time on."""

    key: Id
    since: Moment


@dataclass(frozen=True, slots=True)
class RepublishLog:
    """The command as the handler sees it."""

    key: str
    since: datetime


def republish_type(*, service: str) -> MessageType:
    """Return the message type: each service has its own, on its own command topic."""
    return MessageType(f"{service}.republish-log.v1", RepublishLogV1, f"{service}.commands", "command", "key")


def republish_route(*, service: str) -> Route[RepublishLog]:
    """Return the route: nothing is decided, the inbox row is the record that it was asked."""
    return Route(f"{service}.republish-log.v1", RepublishLog, _accept, _nothing)


def republish_listener(*, replay: Callable[[int, datetime], None]) -> Callable[..., None]:
    """Return what starts the relay once the message is committed."""

    def listen(*, processed: Processed) -> None:
        for handled in processed.handled:
            message = handled.message
            if handled.verdict is not Verdict.APPLIED or not isinstance(message, Incoming):
                continue
            if isinstance(message.command, RepublishLog):
                log.info("republish.begin", shard=message.shard, since=message.command.since.isoformat())
                replay(message.shard, message.command.since)

    return listen


def republish_records(*, service: str, since: datetime, shards: int, clock: Clock, ids: Ids) -> Iterator[Outgoing]:
    """Make one message per shard, keyed so that each owner gets its own."""
    for key in _keys(shards):
        envelope = Envelope(
            id=ids.draw(),
            source=f"/{service}/operator",
            type=f"{service}.republish-log.v1",
            subject=key,
            time=clock.now(),
            correlation_id=key,
            causation_id="",
        )
        value = RepublishLogV1(key=key, since=since).model_dump_json().encode()
        yield Outgoing(f"{service}.commands", key.encode(), value, to_headers(envelope=envelope))


def _keys(shards: int) -> Iterator[str]:
    missing = set(range(shards))
    number = 0
    while missing:
        key = f"republish-{number}"
        if (shard := shard_of(key, shards)) in missing:
            missing.remove(shard)
            yield key
        number += 1


def _accept(_command: RepublishLog, _view: View, _context: Context) -> Decision:
    return Decision()


def _nothing(_command: RepublishLog) -> list[Ref]:
    return []
