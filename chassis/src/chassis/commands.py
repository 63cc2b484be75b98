"""HTTP writes are commands: published to the service's own topic, handled like any message, answered from the inbox.

The id of the command is computed from who asks, what, and the Idempotency-Key, so that asking again is the same
command. The inbox keeps the fingerprint of its body and its outcome: same key and body, same answer; same key and
another body, 409. What is not answered in time is neither accepted nor refused: 202 and 503 say "unknown, ask again
with the same key".
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from fastapi import Request
from fastapi.responses import JSONResponse, Response

from chassis.answers import Answers
from chassis.broker import Outgoing, Sender
from chassis.message import fingerprint_of
from chassis.nul import REFUSED, nul_at
from chassis.problems import problem, wrong_form
from chassis.sources import Clock
from chassis.store.errors import StoreError
from chassis.store.values import InboxRow
from contracts.envelope import Envelope, to_headers
from contracts.registry import Registry
from contracts.values import Contract

log = structlog.get_logger()

NAMESPACE = uuid.UUID("6b2f4a0e-6a53-5d0c-9a0b-6f2d9f0f7a11")
SEND_SECONDS = 1.5
KEY_LENGTH = 200
ASK_AGAIN = "It is unknown whether this was done. Ask again with the same Idempotency-Key and the same body."


def command_id(*, customer: str, method: str, route: str, target: str, key: str) -> str:
    """Return the id of the command that this request means, however often it is sent."""
    return str(uuid.uuid5(NAMESPACE, f"{customer}\n{method}\n{route}\n{target}\n{key}"))


@dataclass(slots=True)
class Commands:
    """Publishes commands of HTTP requests and waits for their answers."""

    service: str
    registry: Registry
    sender: Sender
    answers: Answers
    clock: Clock
    wait_seconds: float
    traceparent: Callable[[Request], str | None]
    _mending: asyncio.Task[None] | None = None

    async def submit(
        self, *, request: Request, customer: str, command: Contract, status: int = 200, key: str | None = None
    ) -> Response:
        """Send the command once and answer with its outcome; ``status`` is that of an applied one.

        ``key`` stands for the Idempotency-Key where the caller has a name of its own for it.
        """
        key = request.headers.get("idempotency-key", "") if key is None else key
        if not key or len(key) > KEY_LENGTH or not key.isprintable():
            return problem(
                400, "idempotency_key_missing", "Idempotency-Key is required: 1 to 200 printable characters."
            )
        id_ = command_id(
            customer=customer,
            method=request.method,
            route=getattr(request.scope.get("route"), "path", request.url.path),
            target=request.url.path,
            key=key,
        )
        record, fingerprint = self._record(id_, command, self.traceparent(request))
        if (place := nul_at(document=command.model_dump(), written=record.value or b"")) is not None:
            return wrong_form([(place, REFUSED)])
        return await self._answer(id_, record, fingerprint, status)

    async def publish(self, *, command: Contract, message_id: str) -> asyncio.Future[object]:
        """Send a command without waiting for what becomes of it; the future ends when the broker has it."""
        record, _ = self._record(message_id, command, None)
        return await self.sender.send(record=record)

    async def _answer(self, id_: str, record: Outgoing, fingerprint: str, status: int) -> Response:
        try:
            row = await self.answers.known(message_id=id_)
        except StoreError as error:
            log.warning("commands.no_database", error=repr(error), message_id=id_)
            return problem(503, "unknown", ASK_AGAIN)
        if row is None:
            if not await self._send(record, id_):
                return problem(503, "unknown", ASK_AGAIN)
            row = await self.answers.wait(message_id=id_, seconds=self.wait_seconds)
        if row is None:
            return problem(202, "unknown", ASK_AGAIN, id=id_)
        return answer_of(row=row, fingerprint=fingerprint, status=status)

    async def _send(self, record: Outgoing, id_: str) -> bool:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await (await self.sender.send(record=record))
        except Exception as error:  # noqa: BLE001 - whatever a producer raises: it may or may not have arrived
            log.warning("commands.not_sent", error=repr(error), message_id=id_)
            self._mend()
            return False
        return True

    def _mend(self) -> None:
        """Replace the producer beside the request: an idempotent one may never send again."""
        if self._mending is None or self._mending.done():
            self._mending = asyncio.create_task(self.sender.rebuild())

    def _record(self, id_: str, command: Contract, traceparent: str | None) -> tuple[Outgoing, str]:
        type_ = self.registry.of(type(command))
        value = orjson.dumps(command.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
        fingerprint = fingerprint_of(type_=type_.name, value=value)
        key = str(getattr(command, type_.key))
        envelope = Envelope(
            id=id_,
            source=f"/{self.service}/http",
            type=type_.name,
            subject=key,
            time=self.clock.now(),
            correlation_id=key,
            causation_id=id_,
            traceparent=traceparent or "",
            fingerprint=fingerprint,
        )
        return Outgoing(
            topic=type_.topic, key=key.encode(), value=value, headers=to_headers(envelope=envelope)
        ), fingerprint


def answer_of(*, row: InboxRow, fingerprint: str, status: int) -> Response:
    """Turn an inbox row into the response to whoever asked with this body."""
    if row.fingerprint != fingerprint:
        return problem(409, "key_reused", "This Idempotency-Key was used for another body.")
    answer: Mapping[str, Any] = row.answer or {}
    if row.outcome == "rejected":
        detail = str(answer.get("detail") or "The command was refused.")
        return problem(422, str(answer.get("reason", "rejected")), detail, **answer)
    if row.outcome == "dead":
        return problem(500, "set_aside", "The command could not be handled and was set aside for an operator.")
    return JSONResponse(dict(answer), status_code=status)
