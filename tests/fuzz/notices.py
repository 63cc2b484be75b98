"""Target: the address that payment channels call; only what is signed, in time and whole may change anything."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

from chassis.message import NotForUs, Record
from chassis.sources import ManualClock
from chassis.testing import Bench
from chassis.verdicts import Processed
from fuzz.asgi import Asked
from fuzz.books import Site, open_site
from fuzz.edits import Edit, drawn_edits, written
from fuzz.houses import SECRET, service
from fuzz.records import AROUND
from fuzz.scenes import PARTITIONS, moments
from fuzz.target import Case, Target, Wrong
from fuzz.web import VALUES, check_answer

FACT = "payment.record-channel-fact.v1"
OFF = (-(10**9), -301, -300, -299, 0, 0, 0, 299, 300, 301, 10**9)
STAMPS = (b"", b"-1", b"0", b"1e9", b"\xd9\xa1", b"9" * 400, b" 1767600000", b"+1767600000", b"0x10", b"nan")
NAMES = ("X-Signature", "X-Timestamp", "X-Notice-Id", "Content-Type", "Content-Encoding", "Authorization")
WAIT_SECONDS = 0.05
"""How long a notice waits for its answer: one that came too early has none, and is told to come again."""
CHANNELS = ("alipay", "wechat_pay", "card", "bank_transfer", "balance", "CARD", "", "card%00", "%2e%2e")


@dataclass(frozen=True, slots=True)
class Notice:
    """What a channel sends, before edits: the address, the document, and how far its clock is off."""

    channel: str
    document: dict[str, Any]
    off: int
    number: int


@cache
def facts() -> tuple[dict[str, Any], ...]:
    """Return the notices of the history, in the words of the channel."""
    found = (m.record.value for moment in moments()["payment"] for m in moment.messages if m.type == FACT)
    documents = (json.loads(value or b"{}") for value in found)
    return tuple(
        {**{name: value for name, value in each.items() if name not in {"fact", "order_id"}}, "kind": each["fact"]}
        for each in documents
    )


class Notices:
    """A true notice is taken or refused by name; every other one is refused, and has no effect."""

    def __init__(self) -> None:
        self.books = moments()["payment"]
        self.clock = ManualClock(time=self.books[0].now)
        self.bench: Bench
        self.site: Site

    def draw(self, *, rng: Random) -> Case:
        """Draw a notice, edits that are signed, and edits made after signing."""
        document = rng.choice(facts())
        channel = document["channel"] if rng.random() < 0.9 else rng.choice(CHANNELS)
        notice = Notice(channel, document, rng.choice(OFF), rng.randrange(10**9))
        edits = drawn_edits(rng=rng, document=document, most=2, raw=0.2, mild=0.4) if rng.random() < 0.7 else ()
        return Case(notice, (*edits, *_after_signing(rng)))

    async def run(self, *, case: Case) -> bool:
        """Send the notice to a service with the books of some moment."""
        moment = self.books[case.seed.number % len(self.books)]
        made = service(name="payment")
        self.clock.time = moment.now
        self.bench = Bench(
            service="payment",
            routes=made.routes,
            publisher=made.publisher,
            shards=PARTITIONS,
            store=moment.books(),
            now=moment.now,
        )
        self.site.loopback.answers.store = self.bench.store
        asked = _asked(case, int(moment.now.timestamp()))
        before = len(self.bench.store.inbox)
        answered = await self.site.ask(asked=asked)
        taken = 200 <= answered.status < 300
        if answered.status != 503 or b'"reason":"unknown"' not in answered.body:
            check_answer(answered=answered, method=asked.method)
        if not _proven(asked, int(moment.now.timestamp())) and (taken or len(self.bench.store.inbox) != before):
            raise Wrong(f"HTTP {answered.status} for a notice that proves nothing")
        return taken

    async def take(self, *, records: list[Record]) -> Processed:
        """Handle what was published."""
        parsed = [self.bench.parser.record(record=record) for record in records]
        messages = [each for each in parsed if not isinstance(each, NotForUs)]
        return await self.bench.processor.process(batch=messages, epochs=self.bench.store.owners.get)

    def show(self, *, case: Case) -> str:
        """Show the request."""
        moment = self.books[case.seed.number % len(self.books)]
        return f"{_asked(case, int(moment.now.timestamp()))}"[:900]


def _after_signing(rng: Random) -> tuple[Edit, ...]:
    chance = rng.random()
    if chance < 0.6:
        return ()
    if chance < 0.7:
        return (Edit("header", ("tamper",), rng.randrange(10**6)),)
    act = rng.choice(AROUND)
    value = rng.choice((*VALUES, *STAMPS))
    return (Edit(act, (rng.choice(NAMES),), value),)


def _asked(case: Case, now: int) -> Asked:
    notice: Notice = case.seed
    body = written(document=notice.document, edits=case.edits)
    stamp = str(now + notice.off).encode()
    headers: tuple[tuple[bytes, bytes], ...] = (
        (b"x-timestamp", stamp),
        (b"x-signature", _signature(stamp, body).encode()),
        (b"x-notice-id", f"notice-{notice.number}".encode()),
        (b"content-type", b"application/json"),
    )
    for edit in case.edits:
        if edit.act not in {"header", "header twice", "no header"}:
            continue
        if edit.path == ("tamper",):
            place = edit.value % (len(body) + 1)
            body = body[:place] + b" " + body[place:]
            continue
        name = str(edit.path[0]).lower().encode()
        others = tuple(each for each in headers if each[0] != name)
        kept = headers if edit.act == "header twice" else others
        headers = kept if edit.act == "no header" else (*kept, (name, edit.value))
    return Asked("POST", f"/notices/{notice.channel}".encode(), headers, body)


def _proven(asked: Asked, now: int) -> bool:
    """Say, by other code than the one under test, whether a request proves where it comes from."""
    given: dict[bytes, bytes] = {}
    for name, value in asked.headers:
        given.setdefault(name, value)
    stamp, signature = given.get(b"x-timestamp", b""), given.get(b"x-signature", b"")
    if not stamp.isdigit() or abs(now - int(stamp[:12])) > 300:
        return False
    return _signature(stamp, asked.body).encode() == signature


def _signature(stamp: bytes, body: bytes) -> str:
    return hmac.new(SECRET.encode(), stamp + b"." + body, hashlib.sha256).hexdigest()


@asynccontextmanager
async def notices(address: str) -> AsyncIterator[Target]:
    """Open the target over a memory store."""
    del address
    target = Notices()
    made = service(name="payment")
    first = replace(target.books[0]).books()
    site_of = open_site(
        made=made, store=first, clock=target.clock, take=target.take, pool=None, wait_seconds=WAIT_SECONDS
    )
    async with site_of as site:
        target.site = site
        yield target
