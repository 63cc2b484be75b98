"""The ports to a message broker: a group member and a sender. Kafka and a simulated broker stand behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Place(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


class NotMember(Exception):
    """The group has gone on without this process: its commit was refused, and the client is joining again."""


class BrokerUnavailable(Exception):
    """The broker did not answer in time, or cannot do it now."""


class Member(Protocol):
    """This process as a member of its service's consumer group."""

    def pause(self, *, places: Collection[Place]) -> None:
        """Fetch nothing from these until they are resumed; those no longer assigned are passed over."""
        ...

    def resume(self, *, places: Collection[Place]) -> None:
        """Fetch from these again; those no longer assigned are passed over."""
        ...

    def seek(self, *, offsets: Mapping[Place, int]) -> None:
        """Go on reading there; those no longer assigned are passed over."""
        ...

    async def committed(self, *, places: Collection[Place]) -> Mapping[Place, int]:
        """Return where the group goes on reading: the committed offset, or the start of the log."""
        ...

    async def commit(self, *, offsets: Mapping[Place, int]) -> None:
        """Commit under this member's generation; NotMember when it is over, BrokerUnavailable after a time-out."""
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record on its way out. Without a partition, the key decides."""

    topic: str
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    partition: int | None = None


class Sender(Protocol):
    """An idempotent producer: what is sent in order arrives in order, or fails."""

    async def send(self, *, record: Outgoing) -> asyncio.Future[object]:
        """Take the record in order; what is returned ends when the broker has it."""
        ...

    async def rebuild(self) -> None:
        """Throw the producer away, with what it still holds, and make a new one."""
        ...
