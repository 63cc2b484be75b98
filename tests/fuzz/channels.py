"""Target: what payment channels answer, from the bytes of HTTP to the handler that gets the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

import httpx

from chassis.gateway import Ask, Reply, Verdict
from chassis.message import FromTask, Unreadable
from chassis.store.values import Task
from chassis.testing import Bench
from fuzz.deciding import refused_by_name
from fuzz.edits import drawn_edits, written
from fuzz.houses import SECRET, service
from fuzz.scenes import PARTITIONS, moments
from fuzz.target import Case, Target, Wrong
from payment.gateway import HttpChannel
from payment.signatures import Signer

STATUSES = (200, 200, 200, 200, 201, 204, 206, 301, 400, 401, 402, 404, 409, 422, 429, 500, 502, 503, 599)
RIGHT: dict[str, dict[str, Any]] = {
    "create": {"reference": "att-1", "pay_url": "https://pay.example/1"},
    "query": {
        "attempt_id": "",
        "state": "paid",
        "currency": "USD",
        "captures": [{"reference": "cap-1", "amount": 1000, "booked_at": "2026-01-05T09:00:10+00:00"}],
    },
    "close": {},
    "refund": {"reference": "back-1"},
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A call that waits at a moment, and what the channel says to it before edits."""

    at: int
    task: Task
    status: int
    document: dict[str, Any]
    headers: dict[str, str]


@cache
def calls() -> tuple[tuple[int, Task], ...]:
    """Return the calls that wait, each at every moment at which it does."""
    return tuple(
        (at, task)
        for at, moment in enumerate(moments()["payment"])
        for task in moment.store.waiting.values()
        if task.kind == "call"
    )


class Channels:
    """An answer is yes, no or unknown; yes and no are decided by the handler, and unknown is asked again."""

    def __init__(self) -> None:
        self._said = httpx.Response(500)
        self._channel = HttpChannel(
            base_url="https://channel.invalid",
            notify_url="https://shop.invalid/notices",
            signer=Signer(SECRET.encode()),
            now=lambda: 1_767_600_000,
            transport=httpx.MockTransport(lambda _request: self._said),
        )

    def draw(self, *, rng: Random) -> Case:
        """Draw a waiting call, a status, and an answer with edits."""
        at, task = rng.choice(calls())
        document = dict(RIGHT[task.name])
        if task.name == "query":
            document.update(attempt_id=task.data["attempt_id"])
        form = rng.choice(("application/json", "text/html; charset=utf-9", "", "application/json; charset=utf-16"))
        answer = Answer(at, task, rng.choice(STATUSES), document, {"content-type": form})
        return Case(answer, drawn_edits(rng=rng, document=document, most=2, raw=0.2, mild=0.3))

    async def run(self, *, case: Case) -> bool:
        """Ask the channel, and bring what it says to the handler."""
        given: Answer = case.seed
        content = written(document=given.document, edits=case.edits)
        self._said = httpx.Response(given.status, content=content, headers=given.headers)
        task = given.task
        asked = Ask(task.id, task.name, task.key, task.data, again=False, first_asked_at=None)
        reply: Reply = await getattr(self._channel, task.name)(asked)
        if reply.verdict is Verdict.UNKNOWN:
            return False
        return await self._decided(given, reply)

    async def _decided(self, given: Answer, reply: Reply) -> bool:
        made, moment = service(name="payment"), moments()["payment"][given.at]
        bench = Bench(
            service="payment",
            routes=made.routes,
            publisher=made.publisher,
            shards=PARTITIONS,
            store=moment.books(),
            now=moment.now,
        )
        message = bench.parser.answer(task=given.task, answer={"verdict": reply.verdict.value, **reply.data})
        if isinstance(message, Unreadable):
            raise Wrong(f"an answer that the gateway took is a dead letter: {message.error}")
        origin = FromTask(task_id=given.task.id, kind="call")
        fresh = replace(message, origin=origin)
        (handled,) = (await bench.processor.process(batch=[fresh], epochs=bench.store.owners.get)).handled
        return refused_by_name(handled=handled)

    def show(self, *, case: Case) -> str:
        """Show the answer."""
        given: Answer = case.seed
        content = written(document=given.document, edits=case.edits)
        return f"{given.status} to {given.task.name} at moment {given.at}: {content[:300]!r} {given.headers}"

    async def aclose(self) -> None:
        """Close the client."""
        await self._channel.aclose()


@asynccontextmanager
async def channels(address: str) -> AsyncIterator[Target]:
    """Open the target."""
    del address
    target = Channels()
    yield target
    await target.aclose()
