"""How another system follows a topic: typed messages in the order of each key, at least once.

An offset is committed only when what it led to has been done. A batch is handled side by side: here no two records of
one order lead to work that must keep their order. A system where they do must handle the records of a key in turn.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import CommitFailedError, IllegalStateError
from pydantic import ValidationError

from contracts.envelope import Envelope, EnvelopeError, from_headers
from contracts.registry import REGISTRY
from contracts.values import Contract

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """A message with its envelope."""

    envelope: Envelope
    message: Contract


Reaction = Callable[[Received], Awaitable[None]]


async def follow(
    *, bootstrap: str, topics: Sequence[str], group: str, wanted: Mapping[type[Contract], Reaction]
) -> None:
    """Hand each wanted message to its reaction, for ever; start where the group stopped, or at the beginning."""
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=10_000,
    )
    try:
        await consumer.start()
        while True:
            batch = await consumer.getmany(timeout_ms=200, max_records=500)
            records = [record for part in batch.values() for record in part]
            await asyncio.gather(*(wanted[type(each.message)](each) for each in read(records=records, wanted=wanted)))
            if records:
                await _commit(consumer)
    finally:
        await consumer.stop()


async def _commit(consumer: AIOKafkaConsumer) -> None:
    try:
        await consumer.commit()
    except (CommitFailedError, IllegalStateError) as error:
        # The group has gone on without us: whoever reads these records again publishes the same ids.
        _log.warning("offsets were not committed: %s", error)


def read(*, records: Sequence[ConsumerRecord], wanted: Mapping[type[Contract], object]) -> Iterator[Received]:
    """Yield the messages of the wanted types; what cannot be read is another's fault and is logged."""
    for record in records:
        try:
            envelope = from_headers(headers=record.headers)
            known = REGISTRY.find(envelope.type)
            if known is not None and known.model in wanted:
                yield Received(envelope=envelope, message=known.model.model_validate_json(record.value or b""))
        except (EnvelopeError, ValidationError) as error:
            _log.warning("%s/%d@%d cannot be read: %s", record.topic, record.partition, record.offset, error)
