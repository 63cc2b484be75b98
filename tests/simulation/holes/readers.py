"""Who reads which partition: foreign partitioners, topics that have grown, feeds with counts of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any

import pytest
from toys.messages import REGISTRY, DepositV1, RatePublishedV1
from toys.teller import service as teller

import chassis.kafka.topics
from chassis.counts import Counts
from chassis.feeds import Feeds
from chassis.kafka.topics import WrongTopics
from chassis.message import shard_of
from chassis.offsets import Offsets
from chassis.sources import SeededIds
from chassis.store.values import Stored
from contracts.topics import DAY_MS, Topic
from simulation.deposits import Deposits
from simulation.holes.stage import one_teller, opened
from simulation.member import GroupMember
from simulation.process import BATCH, Process
from simulation.producer import Producer
from simulation.store import as_store

FEED_PARTITIONS = 2
RATES = 12


async def foreign_partitioner() -> list[str]:
    """Hole 18: a producer spreads its records in another way than everybody else, and is told so by dead letters."""
    scene, _ = await one_teller()
    world = scene.world
    deposits = [
        DepositV1(account=account, number=number, amount=number) for account in scene.sent for number in range(1, 4)
    ]
    strangers = [
        world.publish(
            each, message_id=f"foreign-{number}", partition=(shard_of(each.account, world.broker.partitions) + 1) % 3
        )
        for number, each in enumerate(deposits)
    ]
    await asyncio.sleep(3)
    letters = [each for each in world.stores["teller"].dead.values() if each.record in strangers]
    world.poisoned |= {each.message_id for each in letters}
    await scene.bring(rounds=5, pause=0.1)
    told = [] if len(letters) == len(strangers) else [f"{len(letters)} of {len(strangers)} foreign records set aside"]
    return [*told, *await scene.settle()]


async def grown_topics() -> list[str]:
    """Hole 18: an operator adds a partition to every topic; a process that starts sees it and refuses to."""
    scene, first = await one_teller(accounts=8)
    world = scene.world
    await scene.bring(rounds=2, pause=0.1)
    await first.stop()
    count = world.broker.partitions
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chassis.kafka.topics, "partition_counts", _answering(count + 1))
        topics = [Topic(name, "teller", count, "delete", DAY_MS) for name in first.parts.topics]
        try:
            await chassis.kafka.topics.check_topics(bootstrap="simulated", prefix="", topics=topics)
        except WrongTopics:
            world.trace.note("the operator takes the topics back")
        else:
            world.broker.partitions = count + 1
    await opened(scene, world.start(service="teller", shards=count))
    await scene.bring(rounds=3, pause=0.1)
    return await scene.settle()


async def feeds_beside_shards() -> list[str]:
    """Hole 19: reference data comes in topics with another count of partitions, in no order."""
    scene = Deposits(seed=19)
    world = scene.world
    world.broker.others["bank.rates"] = FEED_PARTITIONS
    world.start(service="vault")
    for process in [world.start(service="teller") for _ in range(2)]:
        _read_feeds(scene, process)
    sequences = [number for number in range(RATES) for _ in range(2)]
    world.draw.shuffle(sequences)
    for number in sequences:
        world.publish(RatePublishedV1(safe=f"safe-{number % 3}", rate=number, sequence=number))
    await scene.bring(rounds=5, pause=0.2)
    wrong = await scene.settle()
    rates = {key: stored.aggregate.rate for (kind, key), stored in _stored(scene) if kind is teller.RATE}
    newest = {f"safe-{number % 3}": number for number in range(RATES)}
    return [*wrong, *([] if rates == newest else [f"rates are {rates}, published were {newest}"])]


def _answering(count: int) -> Callable[..., Awaitable[dict[str, int]]]:
    async def counts(*, names: Collection[str], **_given: object) -> dict[str, int]:
        return dict.fromkeys(names, count)

    return counts


def _stored(scene: Deposits) -> Iterable[tuple[Any, Stored]]:
    return scene.world.stores["teller"].aggregates.items()


def _read_feeds(scene: Deposits, process: Process) -> None:
    """Let a process read its feeds, too, in the group that they have for themselves."""
    broker = scene.world.broker
    known = "teller.feeds" in broker.groups
    member = GroupMember(
        name=f"{process.name}.feeds", broker=broker, group=broker.group(name="teller.feeds"), step=process.step
    )
    feeds = Feeds(
        service="teller",
        feeds=teller.FEEDS,
        registry=REGISTRY,
        store=as_store(process.connection),
        sender=Producer(broker=broker, step=process.step),
        offsets=Offsets(member=member),
        counts=Counts(),
        clock=process.clock,
        ids=SeededIds(clock=process.clock, seed=scene.world.draw.getrandbits(64)),
        backoff=process._backoff,
    )
    joining = member.run(
        topics=feeds.topics, assigned=lambda places: feeds.assigned(places=places), revoked=feeds.revoked
    )
    works = [joining, feeds.offsets.run(), _fetch(member, feeds)]
    process._spawn(*(works if known else (*works, broker.group(name="teller.feeds").run())))


async def _fetch(member: GroupMember, feeds: Feeds) -> None:
    while True:
        if records := await member.poll(most=BATCH):
            await feeds.take(records=records)
        else:
            await member.news(seconds=1.0)
