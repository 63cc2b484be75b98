"""The replay: publish what must be known beforehand, wait until it is, then live all plans side by side."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import islice

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from contracts.values import Contract
from simulators.publishing import Publisher, derived_id, record_of
from simulators.shopper.customer import Lived, Street, live
from simulators.shopper.plan import Plan

SOURCE = "/shopper"
_AT_ONCE = 1_000
_LOOK_AGAIN_SECONDS = 0.2


class NotTakenError(Exception):
    """A service has not read what was published, in the time that it had; the message names group and topic."""


async def publish_all(*, publisher: Publisher, messages: Iterable[Contract], run: str) -> int:
    """Publish messages under ids that follow from their content, and return how many there were."""
    now, count = datetime.now(UTC), 0
    waiting = iter(messages)
    while batch := tuple(islice(waiting, _AT_ONCE)):
        records = [
            record_of(
                message=each,
                id_=derived_id(at=now, of=(run, type(each).__name__, each.model_dump_json())),
                source=SOURCE,
                at=now,
            )
            for each in batch
        ]
        await publisher.publish_all(records=records)
        count += len(records)
    return count


async def wait_until_taken(*, bootstrap: str, groups: Mapping[str, Sequence[str]], seconds: float) -> None:
    """Wait until each group has committed all that its topics hold now."""
    async with _admin(bootstrap) as admin:
        ends = {group: await _ends(bootstrap, topics) for group, topics in groups.items()}
        lagging: list[str] = []
        for _ in range(int(seconds / _LOOK_AGAIN_SECONDS)):
            lagging = [text for group, end in ends.items() for text in await _lags(admin, group, end)]
            if not lagging:
                return
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    raise NotTakenError(f"not read after {seconds:g} s: {'; '.join(lagging)}")


async def live_all(
    *, plans: Sequence[Plan], street: Street, at_once: int, on_end: Callable[[Lived], None]
) -> list[Lived]:
    """Live all plans, so many at once, in the order of the baskets."""
    places = asyncio.Semaphore(at_once)

    async def one(plan: Plan) -> Lived:
        async with places:
            lived = await live(plan=plan, street=street)
        on_end(lived)
        return lived

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(plan)) for plan in plans]
    return [task.result() for task in tasks]


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def _ends(bootstrap: str, topics: Sequence[str]) -> dict[TopicPartition, int]:
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        found: dict[TopicPartition, int] = await consumer.end_offsets(consumer.assignment())
    finally:
        await consumer.stop()
    return found


async def _lags(admin: AIOKafkaAdminClient, group: str, ends: Mapping[TopicPartition, int]) -> list[str]:
    committed = await admin.list_consumer_group_offsets(group)
    read = {place: committed[place].offset if place in committed else 0 for place in ends}
    return [
        f"{group} is at {read[place]} of {end} in {place.topic}/{place.partition}"
        for place, end in ends.items()
        if read[place] < end
    ]
