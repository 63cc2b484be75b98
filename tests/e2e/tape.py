"""Everything that the services say on their public topics, by order, as it comes."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from contracts.topics import SERVICES

TOPICS = tuple(f"{service}.{kind}" for service in SERVICES for kind in ("events", "dead-letters"))


@dataclass(frozen=True, slots=True)
class Told:
    """One record: its type without the version, its id, its service, the time it was journalled at, and its data."""

    what: str
    id: str
    service: str
    at: datetime
    data: Mapping[str, Any]


class Tape:
    """A record of the topics. A record that is delivered again counts once, as for every reader with an inbox."""

    def __init__(self) -> None:
        self._told: dict[str, dict[str, Told]] = defaultdict(dict)
        self._ready = asyncio.Event()

    async def run(self, *, bootstrap: str) -> None:
        """Listen until cancelled."""
        consumer = AIOKafkaConsumer(*TOPICS, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            self._ready.set()
            async for record in consumer:
                self._keep(record)
        finally:
            await consumer.stop()

    async def ready(self) -> None:
        """Wait until the tape runs."""
        await self._ready.wait()

    def of(self, key: str, *whats: str) -> list[Told]:
        """Return what was told under a key, in the order in which it came; all of it when nothing is named."""
        return [told for told in self._told[key].values() if not whats or told.what in whats]

    def out_of_order(self, key: str) -> list[tuple[str, str]]:
        """Return what a service told of a key before something that it had journalled earlier, by first deliveries."""
        by_service = sorted(self.of(key), key=attrgetter("service"))
        return [
            (first.what, second.what)
            for _, told in groupby(by_service, key=attrgetter("service"))
            for first, second in pairwise(told)
            if first.at > second.at
        ]

    def _keep(self, record: ConsumerRecord) -> None:
        headers = dict(record.headers)
        id_ = headers["ce_id"].decode()
        what = headers["ce_type"].decode().rpartition(".v")[0]
        told = Told(
            what=what,
            id=id_,
            service=record.topic.partition(".")[0],
            at=datetime.fromisoformat(headers["ce_time"].decode()),
            data=json.loads(record.value),
        )
        self._told[(record.key or b"").decode(errors="replace")].setdefault(id_, told)
