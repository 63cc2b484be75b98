"""A scene of the chassis' two toy services: deposits, an insurer that breaks off, and what must be true in the end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from toys.messages import REGISTRY, DepositV1
from toys.teller import service as teller
from toys.vault import service as vault

from chassis.gateway import Ask, Reply
from chassis.message import Record
from simulation.checks import violations
from simulation.history import STORM_SECONDS, History, begin, told
from simulation.loop import run, running
from simulation.plan import Plan
from simulation.swarm import Swarm
from simulation.weather import Weather
from simulation.world import World

PATIENCE_SECONDS = 45.0
ROUNDS = 20


@dataclass(slots=True)
class Insurer:
    """Insures once per idempotency key, whatever becomes of its answer."""

    weather: Weather
    breaks: float = 0.0
    insured: set[str] = field(default_factory=set)

    async def insure(self, ask: Ask, /) -> Reply:
        """Insure, or break off before or after it."""
        await asyncio.sleep(self.weather.draw.uniform(0.005, 0.05))
        if self.weather.strikes("call breaks off before", self.breaks):
            raise TimeoutError("no answer")
        self.insured.add(ask.id)
        if self.weather.strikes("call breaks off after", self.breaks):
            raise TimeoutError("no answer")
        return Reply.yes()


class Deposits:
    """A world with tellers, vaults, and accounts that get deposits number 1, 2, 3 ..."""

    def __init__(self, *, seed: int, accounts: int = 4, partitions: int = 3) -> None:
        self.sent: Counter[str] = Counter({f"account-{number}": 0 for number in range(accounts)})
        plans = (
            Plan(
                name="teller", routes=teller.ROUTES, publisher=teller.PUBLISH, registry=REGISTRY, tables=teller.TABLES
            ),
            Plan(name="vault", routes=vault.ROUTES, publisher=vault.PUBLISH, registry=REGISTRY, tables=vault.TABLES),
        )
        self.world = World(seed=seed, plans=plans, partitions=partitions, registry=REGISTRY)
        self.insurer = Insurer(weather=self.world.weather)
        plans[1].gateways["insure"] = self.insurer.insure

    def deposit(self, *, account: str) -> Record:
        """Publish the next deposit of an account."""
        self.sent[account] += 1
        number = self.sent[account]
        deposit = DepositV1(account=account, number=number, amount=number)
        return self.world.publish(deposit, message_id=f"{account}-{number}")

    async def bring(self, *, rounds: int, pause: float) -> None:
        """Publish deposits for every account, round by round."""
        for _ in range(rounds):
            for account in self.sent:
                self.deposit(account=account)
            await asyncio.sleep(self.world.draw.uniform(0, 2 * pause))

    async def settle(self) -> list[str]:
        """Wait until everything has come to its end, and return what is wrong."""
        patience = PATIENCE_SECONDS + self.world.longest_wait()
        done = await self.world.until(self._ended, seconds=patience)
        late = [] if done else [f"I3 not at rest after {patience:.0f} s: {self.world.unquiet()}"]
        return [*late, *self._wrong(), *violations(world=self.world)]

    def _ended(self) -> bool:
        waiting = any(store.waiting for store in self.world.stores.values())
        return not waiting and not self.world.unquiet() and not list(self._wrong())

    def _wrong(self) -> Iterable[str]:
        for account, count in self.sent.items():
            numbers = tuple(range(1, count + 1))
            mine, box = self._find("teller", teller.ACCOUNT, account), self._find("vault", vault.BOX, account)
            found: dict[str, tuple[Any, Any]] = {
                "deposits": (numbers, getattr(mine, "deposits", ())),
                "stored": (numbers, getattr(box, "numbers", ())),
                "confirmed": (numbers, getattr(mine, "confirmed", ())),
                "balance": (sum(numbers), getattr(mine, "balance", 0)),
                "audits": (count // teller.AUDIT_EVERY, getattr(mine, "audits", 0)),
                "insured": (numbers[vault.INSURE_EVERY - 1 :: vault.INSURE_EVERY], _sorted(box)),
            }
            yield from (f"{account} {what}: {a} != {b}" for what, (a, b) in found.items() if a != b)
        yield from self._safes()

    def _safes(self) -> Iterable[str]:
        """I2: what lies in the safes that all accounts share is the sum of what was moved there."""
        moved: Counter[str] = Counter()
        for row in self.world.stores["vault"].rows.get(vault.MOVEMENT.name, {}).values():
            moved[row.safe] += row.amount
        for number in range(vault.SAFES):
            name = vault.safe_of(number)
            total = getattr(self._find("vault", vault.SAFE, name), "total", 0)
            if total != moved[name]:
                yield f"I2 {name}: {total} != {moved[name]}"

    def _find(self, service: str, kind: Any, key: str) -> Any:
        stored = self.world.stores[service].aggregates.get((kind, key))
        return None if stored is None else stored.aggregate


async def _history(seed: int) -> History:
    scene = Deposits(seed=seed)
    # Who deposits again what a broker has lost cannot keep the order, and this scene is about order.
    swarm = Swarm(world=scene.world, seed=seed, without=frozenset({"broker loss"}))
    swarm.choose()
    scene.insurer.breaks = scene.world.draw.choice((0.0, 0.0, 0.2))
    begin(world=scene.world, most=3)
    storm = running().create_task(swarm.rage(seconds=STORM_SECONDS))
    await scene.bring(rounds=ROUNDS, pause=1.0)
    await storm
    scene.insurer.breaks = 0.0
    return told(seed=seed, world=scene.world, swarm=swarm, wrong=await scene.settle())


def history(*, seed: int) -> History:
    """Run the chassis with its two toy services under the faults of a seed."""
    return run(_history(seed))


def _sorted(box: vault.Box | None) -> tuple[int, ...]:
    return () if box is None else tuple(sorted(box.insured))
