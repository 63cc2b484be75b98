"""A customer who speaks HTTP: accepted is what was answered, everything else is asked again with the same key."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace

from fastapi import Request
from fastapi.responses import Response
from toys.messages import REGISTRY, DepositV1

from chassis.commands import Commands
from simulation.deposits import Deposits
from simulation.process import Process
from simulation.producer import Producer

WAIT_SECONDS = 2.0
PATIENCE = 40
ACCEPTED, CONFLICT, SET_ASIDE = 200, 409, 500


@dataclass(slots=True)
class Customer:
    """Sends deposits by one process, and keeps what it was answered."""

    scene: Deposits
    process: Process
    answers: list[int] = field(default_factory=list)
    _commands: Commands = field(init=False)

    def __post_init__(self) -> None:
        self._commands = Commands(
            service="teller",
            registry=REGISTRY,
            sender=Producer(broker=self.scene.world.broker, step=self.process.step),
            answers=self.process.parts.answers,
            clock=self.process.clock,
            wait_seconds=WAIT_SECONDS,
            traceparent=lambda _request: None,
        )

    async def deposit(self, *, account: str) -> None:
        """Bring the next deposit of an account, until it is accepted."""
        self.scene.sent[account] += 1
        number = self.scene.sent[account]
        body = DepositV1(account=account, number=number, amount=number)
        await self.ask(key=f"{account}-{number}", route="/deposits", body=body)

    async def ask(self, *, key: str, route: str, body: DepositV1) -> int:
        """Ask until there is an answer; return its status, 0 when there never was one."""
        for _ in range(PATIENCE):
            response = await self.once(key=key, route=route, body=body)
            if response.status_code not in {202, 503}:
                self.answers.append(response.status_code)
                return response.status_code
            await asyncio.sleep(0.2)
        self.answers.append(0)
        return 0

    async def once(self, *, key: str, route: str, body: DepositV1) -> Response:
        """Ask once."""
        scope = {
            "type": "http",
            "method": "POST",
            "path": route,
            "headers": [(b"idempotency-key", key.encode())],
            "route": SimpleNamespace(path=route),
        }
        return await self._commands.submit(request=Request(scope), customer="customer", command=body)
