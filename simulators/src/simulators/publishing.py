"""How another system publishes: a contract becomes a record with its envelope, under its topic and key.

A message that answers an event has an id derived from it. A system that handles an event twice, because it was stopped
before it had committed its offset, then publishes the same id twice, and the receivers' inboxes drop the second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Self
from uuid import UUID

from aiokafka import AIOKafkaProducer

from contracts.envelope import Envelope, Headers, to_headers
from contracts.registry import REGISTRY
from contracts.values import Contract

_RANDOM_BITS = 74


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A record that is ready to be sent."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


def derived_id(*, at: datetime, of: tuple[str, ...]) -> str:
    """Return a UUIDv7 of this time whose random part follows from the names."""
    milliseconds = int(at.timestamp() * 1000)
    drawn = int.from_bytes(blake2b("\0".join(of).encode(), digest_size=16).digest()) >> (128 - _RANDOM_BITS)
    high, low = drawn >> 62, drawn & ((1 << 62) - 1)
    return str(UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low))


def record_of(*, message: Contract, id_: str, source: str, at: datetime, cause: Envelope | None = None) -> Outgoing:
    """Put a message into its envelope; it belongs to the trace and to the order of what caused it."""
    known = REGISTRY.of(type(message))
    key: str = getattr(message, known.key)
    envelope = Envelope(
        id=id_,
        source=source,
        type=known.name,
        subject=key,
        time=at,
        correlation_id=cause.correlation_id if cause else key,
        causation_id=cause.id if cause else "",
        traceparent=cause.traceparent if cause else "",
    )
    return Outgoing(
        topic=known.topic,
        key=key.encode(),
        value=message.model_dump_json().encode(),
        headers=to_headers(envelope=envelope),
    )


class Publisher:
    """Sends messages in the order in which it is given them, and returns when the broker has them."""

    def __init__(self, *, bootstrap: str, source: str) -> None:
        """Connect to nothing yet."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=2, client_id=source.strip("/")
        )
        self._source = source

    async def __aenter__(self) -> Self:
        """Connect."""
        try:
            await self._producer.start()
        except BaseException:
            await self._producer.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Send what is under way and disconnect."""
        await self._producer.stop()

    async def publish(
        self, *, message: Contract, id_: str, cause: Envelope | None = None, at: datetime | None = None, copies: int = 1
    ) -> None:
        """Send one message; more copies than one are the same record again, as a system sends it that is unsure."""
        record = record_of(message=message, id_=id_, source=self._source, at=at or datetime.now(UTC), cause=cause)
        await self.publish_all(records=[record] * copies)

    async def publish_all(self, *, records: Sequence[Outgoing]) -> None:
        """Send records; all of them are on their way before the first answer is awaited."""
        waiting: list[Any] = [
            await self._producer.send(each.topic, each.value, key=each.key, headers=list(each.headers))
            for each in records
        ]
        for sent in waiting:
            await sent
