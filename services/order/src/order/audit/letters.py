"""Follows every journalled message to the inboxes of the services that take it.

A message that a later one of its lane (same journal shard, topic and partition: their order is that of the journal)
has overtaken is lost. One that nothing has overtaken yet waits, and may wait as long as a process may be away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chassis.message import shard_of
from contracts.consumers import received_by
from contracts.topics import PARTITIONS
from order.audit.peers import Peers, Row
from order.audit.report import SHOWN, Report, Violation

HANDLED = "every message that a service journalled was handled, parked or set aside by each one that takes it"
FINGERPRINT = "every message was handled under the fingerprint of what was journalled"
LATE_SECONDS = 900.0
MOST_SUSPECTS = 1_000
Lane = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on its way from the one who journalled it to one who takes it."""

    producer: str
    consumer: str
    row: Row

    @property
    def lane(self) -> Lane:
        """What keeps its order."""
        partition = shard_of(self.row["key"], PARTITIONS)
        return self.consumer, self.row["topic"], partition, self.row["shard"]

    def violation(self, found: str) -> Violation:
        """Return it as a violation."""
        subject = f"message {self.row['message_id']}"
        return Violation(
            self.consumer, subject, f"{self.row['type']} of {self.row['key']}, by {self.producer}, {found}"
        )


@dataclass(slots=True)
class _Post:
    """Letters that have not arrived, of one producer."""

    waiting: dict[Lane, list[Letter]] = field(default_factory=dict)
    suspects: list[Letter] = field(default_factory=list)

    def missing(self, letter: Letter) -> None:
        """Note that it did not arrive; of a lane that stands still the first ones are enough."""
        lane = self.waiting.setdefault(letter.lane, [])
        if len(lane) < SHOWN:
            lane.append(letter)

    def arrived(self, letter: Letter) -> None:
        """Suspect what it has overtaken."""
        overtaken = self.waiting.pop(letter.lane, ())
        self.suspects.extend(overtaken[: MOST_SUSPECTS - len(self.suspects)])

    def end(self, *, at_rest: bool) -> list[Letter]:
        """Return the suspects, with those that wait for too long."""
        late = [
            letter
            for lane in self.waiting.values()
            for letter in lane
            if at_rest or letter.row["age_seconds"] > LATE_SECONDS
        ]
        return [*self.suspects, *late[: MOST_SUSPECTS - len(self.suspects)]]


async def follow_letters(
    *, report: Report, peers: Peers, services: Sequence[str], at_rest: bool, settle_seconds: float
) -> None:
    """Check I8 and I9 over the messages between these services."""
    takes = {service: frozenset(each.name for each in received_by(service=service)) for service in services}
    report.add(invariant="I9", says=HANDLED, checked=0)
    report.add(invariant="I8", says=FINGERPRINT, checked=0)
    suspects: list[Letter] = []
    for producer in services:
        post = _Post()
        async for page in peers.journal(service=producer, at_rest=at_rest):
            for consumer, types in takes.items():
                letters = [Letter(producer, consumer, row) for row in page if row["type"] in types]
                if letters:
                    await _deliver(report, peers, consumer, letters, post)
        suspects += post.end(at_rest=at_rest)
    if suspects:
        await asyncio.sleep(settle_seconds)
        await _look_again(report, peers, suspects)


async def _deliver(report: Report, peers: Peers, consumer: str, letters: Sequence[Letter], post: _Post) -> None:
    known = await peers.known(service=consumer, ids=[letter.row["message_id"] for letter in letters])
    report.add(invariant="I9", says=HANDLED, checked=len(letters))
    for letter in letters:
        if letter.row["message_id"] in known:
            post.arrived(letter)
        else:
            post.missing(letter)
    handled = [letter for letter in letters if known.get(letter.row["message_id"]) is not None]
    wrong = [letter for letter in handled if known[letter.row["message_id"]] != letter.row["fingerprint"]]
    report.add(
        invariant="I8",
        says=FINGERPRINT,
        checked=len(handled),
        violations=[letter.violation("was handled with another body") for letter in wrong],
    )


async def _look_again(report: Report, peers: Peers, suspects: Sequence[Letter]) -> None:
    by_consumer: dict[str, list[Letter]] = {}
    for letter in suspects:
        by_consumer.setdefault(letter.consumer, []).append(letter)
    for consumer, letters in by_consumer.items():
        known: Mapping[str, str | None] = await peers.known(
            service=consumer, ids=[letter.row["message_id"] for letter in letters]
        )
        lost = [letter for letter in letters if letter.row["message_id"] not in known]
        report.add(
            invariant="I9",
            says=HANDLED,
            checked=0,
            violations=[letter.violation("was never handled") for letter in lost],
        )
