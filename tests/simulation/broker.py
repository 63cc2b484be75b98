"""A broker in memory: logs per partition, and groups whose members it believes alive.

It promises what Kafka promises and no more: order per partition, committed offsets, one owner per partition among the
members of a generation. A member that it has given up may still believe itself one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chassis.broker import BrokerUnavailable, Outgoing, Place
from chassis.message import Record, shard_of
from simulation.group import Group
from simulation.trace import Trace
from simulation.weather import Weather

LARGEST = 1_048_576
"""Bytes of a record that a broker takes at most, by default."""


class Broker:
    """Topics and groups."""

    def __init__(self, *, partitions: int, weather: Weather, trace: Trace) -> None:
        self.partitions = partitions
        self.others: dict[str, int] = {}
        """Topics with another count of partitions than most."""
        self.largest = LARGEST
        self.weather = weather
        self.logs: dict[Place, list[Record]] = {}
        self.ever: dict[Place, list[Record]] = {}
        self.groups: dict[str, Group] = {}
        self.listeners: list[Callable[[Record], None]] = []
        self._trace = trace

    def append(self, *, outgoing: Outgoing) -> Record:
        """Put a record at the end of its partition, and tell who reads it."""
        key = outgoing.key.decode()
        count = self.others.get(outgoing.topic, self.partitions)
        partition = shard_of(key, count) if outgoing.partition is None else outgoing.partition
        place = Place(outgoing.topic, partition)
        log = self.logs.setdefault(place, [])
        record = Record(
            topic=place.topic,
            partition=place.partition,
            offset=len(log),
            key=outgoing.key,
            value=outgoing.value,
            headers=outgoing.headers,
        )
        log.append(record)
        self.ever.setdefault(place, []).append(record)
        self._trace.keys[header(record, "ce_id")] = key
        self._trace.note(Arrived(record), key=key)
        for group in self.groups.values():
            group.arrived(place=place)
        for listener in self.listeners:
            listener(record)
        return record

    def group(self, *, name: str) -> Group:
        """Return the group, made when it is new."""
        if name not in self.groups:
            self.groups[name] = Group(
                name=name,
                partitions=self.partitions,
                others=self.others,
                logs=self.logs,
                weather=self.weather,
                trace=self._trace,
            )
        return self.groups[name]

    def lag(self, *, group: str, topics: Iterable[str]) -> int:
        """Return how many records of these topics the group has not committed."""
        committed, wanted = self.groups[group].committed, set(topics)
        behind = ((len(log), committed.get(place, 0)) for place, log in self.logs.items() if place.topic in wanted)
        return sum(end - done if done <= end else end for end, done in behind)

    def lose(self, *, keep: Callable[[], float], groups: bool) -> int:
        """Lose the end of every log, all of it where the kept share is 0, and the offsets of the groups if so."""
        lost = 0
        for log in self.logs.values():
            kept = int(len(log) * keep())
            lost += len(log) - kept
            del log[kept:]
        if groups:
            for group in self.groups.values():
                group.committed.clear()
        return lost

    def reach(self) -> None:
        """Raise when the broker does not answer."""
        if self.weather.broker_down:
            self.weather.injected["broker down"] += 1
            raise BrokerUnavailable("the broker is down")

    async def travel(self) -> None:
        """Take as long as the network takes now."""
        await asyncio.sleep(self.weather.draw.uniform(*self.weather.network))


def header(record: Record, name: str) -> str:
    """Return a header as text, empty when there is none."""
    for found, value in record.headers:
        if found == name and value is not None:
            return value.decode()
    return ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """The line of a record, in words only for who reads it: where it lies, its type, id and body, cut to one line."""

    record: Record

    def __str__(self) -> str:
        record = self.record
        body = (record.value or b"").decode("utf-8", "replace")
        place = f"{record.topic}/{record.partition}@{record.offset}"
        return f"{place} {header(record, 'ce_type')} {header(record, 'ce_id')} {body[:300]}"
