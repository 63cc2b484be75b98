"""The topics as their readers see them: each reader takes the messages of a topic in their order, at its own pace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from contracts.registry import REGISTRY
from model.machine import Machine
from model.messages import Messages
from model.pool import Once, Pool
from model.scene import ORDER_ID


class Head(NamedTuple):
    """What a service may take next of a topic, and all queues without it."""

    service: int
    message: int
    left: int


class Queues:
    """All queues as one value, known by its number."""

    def __init__(self, *, cast: Sequence[Machine], messages: Messages) -> None:
        self._cast, self._messages = cast, messages
        self._readers = [
            (topic, service)
            for service, machine in enumerate(cast)
            for topic in sorted({type_.topic for type_ in map(REGISTRY.find, machine.routes) if type_ is not None})
        ]
        self._pool: Pool[tuple[tuple[int, ...], ...]] = Pool()
        self.empty = self._pool.number(((),) * len(self._readers))
        self.heads: Once[int, tuple[Head, ...]] = Once(self._heads)
        self.after: Once[tuple[int, tuple[int, ...]], int] = Once(self._after)

    def _heads(self, number: int) -> tuple[Head, ...]:
        queues = self._pool.all[number]
        return tuple(
            Head(
                self._readers[place][1],
                queue[0],
                self._pool.number((*queues[:place], queue[1:], *queues[place + 1 :])),
            )
            for place, queue in enumerate(queues)
            if queue
        )

    def _after(self, said: tuple[int, tuple[int, ...]]) -> int:
        queues = list(self._pool.all[said[0]])
        for number in said[1]:
            for place, (topic, reader) in enumerate(self._readers):
                if self._reads(reader, topic, number):
                    queues[place] = (*queues[place], number)
        return self._pool.number(tuple(queues))

    def _reads(self, reader: int, topic: str, number: int) -> bool:
        said = self._messages.all[number]
        mine = said.record.key == ORDER_ID.encode()
        return mine and topic == said.topic and said.type in self._cast[reader].routes
