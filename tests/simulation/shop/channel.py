"""The payment provider of the simulators behind the gateway of the payment service, without a wire between them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel

from chassis.gateway import Ask, Gateway, Reply
from contracts.payment import RecordStatementLineV1
from payment.gateway import HttpChannel
from payment.http.notices import command_of
from payment.signatures import Signer
from simulation.clocks import BEGINNING
from simulation.loop import running
from simulation.world import World
from simulators.chance import Chance
from simulators.channel.behaviour import Behaviour, Manners
from simulators.channel.protocol import PaymentRecord, PaymentRequest, RefundRequest, Statement
from simulators.channel.provider import ConflictError, ExcessiveError, Provider, UnknownError
from simulators.channel.record import Record

URL = "http://channel"
MOST_NOTICES = 1_000_000
FAR_AHEAD_MS = 10_000_000_000


@dataclass(slots=True)
class Roughness:
    """How the channel misbehaves: breaks off before or after the work, is overloaded, forgets to tell."""

    breaks_before: float = 0.0
    breaks_after: float = 0.0
    overloaded: float = 0.0
    silent: float = 0.0


class Channel:
    """Takes money, tells of it by notices, and can be asked."""

    def __init__(self, *, world: World, seed: int, manners: Manners) -> None:
        self.roughness = Roughness()
        self.declines: set[str] = set()
        self.charges: set[str] = set()
        """Orders that are paid while the payment is being opened, before we know that it is open."""
        self._looking = False
        self._world = world
        self._behaviour = Behaviour(manners=manners, chance=Chance(seed=seed))
        self._record = Record(path=Path(":memory:"))
        self.provider = Provider(
            record=self._record,
            behaviour=self._behaviour,
            base_url=URL,
            clock=world.clock.now,
            wake=self._tell,
        )
        self._adapter = HttpChannel(
            base_url=URL,
            notify_url="http://payment/notices",
            signer=Signer(b"secret"),
            now=lambda: int(world.clock.now().timestamp()),
            transport=httpx.MockTransport(self._answer),
        )

    @property
    def gateways(self) -> dict[str, Gateway]:
        """What the payment service asks."""
        names = ("create", "query", "close", "refund")
        return {name: self._slow(getattr(self._adapter, name)) for name in names}

    def misbehave(self) -> None:
        """Draw how rough the channel is in this history."""
        draw = self._world.draw
        for name in self.roughness.__slots__:
            setattr(self.roughness, name, draw.choice((0.0, 0.0, 0.1, 0.3)))

    def behave(self) -> None:
        """Misbehave no more."""
        self.roughness = Roughness()

    def pay(self, *, attempt_id: str, amount: int | None = None, again: bool = False) -> None:
        """Be the customer at the pay page."""
        reference = self.provider.payment(attempt_id=attempt_id).reference
        self.provider.pay(reference=reference, amount=amount, again=again)

    def record(self, *, attempt_id: str) -> PaymentRecord | None:
        """Return what the channel knows of an attempt."""
        return self._record.payment(attempt_id=attempt_id, base_url=URL)

    def owes_notices(self) -> bool:
        """Return whether somebody is still to be told of something."""
        return bool(self._record.owed(until=_milliseconds(self._world.clock.now()) + FAR_AHEAD_MS, limit=1))

    def statement(self) -> list[RecordStatementLineV1]:
        """Return the lines of the statements of all days until now."""
        days = (self._world.clock.now().date() - BEGINNING.date()).days
        dates = [(BEGINNING + timedelta(days=day)).date().isoformat() for day in range(days + 1)]
        return [
            RecordStatementLineV1.model_validate({**line.model_dump(), "statement_id": found.statement_id})
            for found in map(self._statement, dates)
            for line in found.lines
        ]

    def close(self) -> None:
        """Forget everything."""
        self._record.close()

    def _statement(self, date: str) -> Statement:
        return self.provider.statement(date=date)

    def _slow(self, gateway: Gateway) -> Gateway:
        async def ask(asked: Ask, /) -> Reply:
            await self._world.broker.travel()
            return await gateway(asked)

        return ask

    def _answer(self, request: httpx.Request) -> httpx.Response:
        strikes = self._world.weather.strikes
        if strikes("channel breaks off before", self.roughness.breaks_before):
            raise httpx.ConnectError("no route")
        if strikes("channel is overloaded", self.roughness.overloaded):
            return httpx.Response(503)
        response = self._work(request)
        if strikes("channel breaks off after", self.roughness.breaks_after):
            raise httpx.ReadTimeout("no answer")
        return response

    def _work(self, request: httpx.Request) -> httpx.Response:
        path, body = request.url.path.strip("/").split("/"), request.content
        try:
            return self._route(request.method, path, body)
        except UnknownError as error:
            return httpx.Response(404, text=str(error))
        except ConflictError as error:
            return httpx.Response(409, text=str(error))
        except ExcessiveError as error:
            return httpx.Response(422, text=str(error))

    def _route(self, method: str, path: list[str], body: bytes) -> httpx.Response:
        match method, *path:
            case "POST", "payments":
                asked = PaymentRequest.model_validate_json(body)
                return self._open(asked)
            case "GET", "payments", attempt_id:
                return _json(self.provider.payment(attempt_id=attempt_id))
            case "POST", "payments", attempt_id, "close":
                return _json(self.provider.close(attempt_id=attempt_id))
            case "POST", "refunds":
                return _json(self.provider.refund(request=RefundRequest.model_validate_json(body))[0])
            case _:
                return httpx.Response(405)

    def _open(self, asked: PaymentRequest) -> httpx.Response:
        declined, charged = asked.order_id in self.declines, asked.order_id in self.charges
        if declined and not charged:
            return httpx.Response(402)
        opened = self.provider.open(request=asked)[0]
        if charged:
            self._world.weather.injected["channel declines and charges" if declined else "paid before it is open"] += 1
            self.provider.pay(reference=opened.reference, amount=None, again=False)
        return httpx.Response(402) if declined else _json(opened)

    def _tell(self) -> None:
        """Look at the notices that are owed whenever one of them is due."""
        now = self._world.clock.now()
        for notice in self._record.owed(until=_milliseconds(now) + FAR_AHEAD_MS, limit=MOST_NOTICES):
            delays = self._behaviour.delays(notice_id=notice.notice_id)
            for delay in delays:
                running().outside(running().now + delay / 1000 + 0.001, self._deliver)

    def _deliver(self) -> None:
        """Send what is due: late, twice or out of order, as the provider's manners are."""
        for notice in self._record.owed(until=_milliseconds(self._world.clock.now()), limit=MOST_NOTICES):
            self._record.settle_notice(serial=notice.serial)
            said: dict[str, Any] = json.loads(notice.body)
            if self._asked_anyway(said) and self._world.weather.strikes("notice lost", self.roughness.silent):
                continue
            command = command_of(channel=said["channel"], body=notice.body)
            self._world.publish(command, message_id=f"notice-{notice.notice_id}")
        if self.owes_notices() and not self._looking:
            # A clock that was set backwards makes what was due then due later.
            self._looking = True
            running().outside(running().now + 1.0, self._look_again)

    def _look_again(self) -> None:
        self._looking = False
        self._deliver()

    def _asked_anyway(self, said: Mapping[str, Any]) -> bool:
        """Return whether we are asked about this money before it is given up: else nobody would learn of it."""
        only = said["kind"] == "captured" and said["reference"].endswith("-1") and said["order_id"] not in self.declines
        return only and self.provider.payment(attempt_id=said["attempt_id"]).state == "paid"


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _json(body: BaseModel) -> httpx.Response:
    return httpx.Response(200, content=body.model_dump_json().encode())
