"""The part of a process that reads feeds, wired as in production: a member of a group of its own, in the same life."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import Any

from chassis.counts import Counts
from chassis.feeds import Feed, Feeds
from chassis.offsets import Offsets
from chassis.parts import Surroundings
from simulation.broker import Broker
from simulation.member import GroupMember
from simulation.producer import Producer

MOST_AT_ONCE = 6
Step = Callable[[], Awaitable[None]]


def group_of(*, service: str) -> str:
    """Return the group in which the processes of a service read its feeds."""
    return f"{service}.feeds"


class FeedReader:
    """Polls, applies, commits; it is killed, stopped and started again with its process."""

    def __init__(
        self, *, name: str, broker: Broker, around: Surroundings, step: Step, counts: Counts, feeds: Sequence[Feed]
    ) -> None:
        group = broker.group(name=group_of(service=around.service))
        self._broker = broker
        self._member = GroupMember(name=f"{name}.feeds", broker=broker, group=group, step=step)
        self._feeds = Feeds(
            service=around.service,
            feeds=feeds,
            registry=around.registry,
            store=around.store,
            sender=Producer(broker=broker, step=step),
            offsets=Offsets(member=self._member),
            counts=counts,
            clock=around.clock,
            ids=around.ids,
            backoff=around.backoff,
        )

    def works(self) -> Iterator[Coroutine[Any, Any, None]]:
        """Return what it does as long as its process lives."""
        feeds = self._feeds
        yield self._member.run(
            topics=feeds.topics,
            assigned=lambda places: feeds.assigned(places=places),
            revoked=feeds.revoked,
        )
        yield feeds.offsets.run()
        yield self._fetch()

    async def stop(self) -> None:
        """Commit what was applied and leave the group."""
        await self._feeds.revoked()
        self._member.leave()

    async def _fetch(self) -> None:
        while True:
            records = await self._member.poll(most=MOST_AT_ONCE)
            if records:
                await self._feeds.take(records=records)
            else:
                await self._member.news(seconds=2.0)
                await asyncio.sleep(self._broker.weather.draw.uniform(*self._broker.weather.network))
