"""Dead letters: what is kept of a message that can never be handled, what is told, and how it is replayed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import orjson

from chassis.message import Message, Record
from chassis.publisher import journal_row
from chassis.sources import Clock
from chassis.store.protocol import Store
from chassis.store.values import DeadLetter, JournalRow

_LONGEST = 1_000


def words(error: BaseException) -> str:
    """Return the error's class and message, short and storable in a text column."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return clean(text)


def clean(text: str) -> str:
    """Return the text without what PostgreSQL cannot store, at most 1,000 characters of it."""
    return text.replace("\0", "?").encode("utf-8", "replace").decode()[:_LONGEST]


def dead_letter(*, message: Message, error: str, now: datetime) -> DeadLetter:
    """Return the dead letter of a message, with its record as it came."""
    return DeadLetter(
        message_id=message.id,
        shard=message.shard,
        type=message.type,
        error=clean(error),
        record=message.record,
        failed_at=now,
    )


def dead_letter_row(*, letter: DeadLetter, cause: Message, service: str, message_id: str) -> JournalRow:
    """Return what is told of a dead letter: where it came from and why it failed, not what was in it."""
    key = cause.key or letter.message_id
    data = {
        "message_id": letter.message_id,
        "key": key,
        "type": letter.type,
        "topic": letter.record.topic,
        "partition": letter.record.partition,
        "offset": letter.record.offset,
        "error": letter.error,
        "failed_at": letter.failed_at.isoformat(),
    }
    return journal_row(
        type_=f"{service}.dead-lettered.v1",
        topic=f"{service}.dead-letters",
        key=key,
        payload=orjson.dumps(data),
        cause=cause,
        service=service,
        message_id=message_id,
        now=letter.failed_at,
    )


async def replay(
    *, store: Store, message_id: str, publish: Callable[[Record], Awaitable[None]], clock: Clock
) -> DeadLetter | None:
    """Publish the record of a dead letter again, as it was; None when there is no such dead letter.

    The inbox outcome goes first: a record that arrives before it is gone would be a duplicate. A crash in between
    leaves a dead letter that is not replayed, so that it can be replayed again.
    """
    letter = await store.reopen(message_id=message_id)
    if letter is not None:
        await publish(letter.record)
        await store.replayed(message_id=message_id, at=clock.now())
    return letter
