"""What was asked once and answered once: keys, repeats, dead letters, and calls to the world outside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace as with_
from functools import partial
from typing import Any

from toys.messages import DepositV1
from toys.vault import service as vault

from chassis.commands import command_id
from chassis.decision import Context, Decision, Poison, View
from chassis.routes import Routes
from chassis.store.values import Task
from simulation.deposits import Deposits
from simulation.holes.customer import ACCEPTED, CONFLICT, SET_ASIDE, Customer
from simulation.holes.stage import EXPELLED, hold_back, one_teller, opened, replace

Handler = Callable[[Any, View, Context], Decision]
CURSED, FICKLE = "cursed", "fickle"


async def one_key_on_two_routes() -> list[str]:
    """Hole 16: a customer uses the same key for two different things."""
    scene, process = await one_teller(accounts=2)
    customer = Customer(scene=scene, process=process)
    for account, route in (("account-0", "/deposits"), ("account-1", "/gifts")):
        scene.sent[account] += 1
        await customer.ask(key="same", route=route, body=DepositV1(account=account, number=1, amount=1))
    return [*_differs(customer, [ACCEPTED, ACCEPTED]), *await scene.settle()]


async def two_bodies_in_a_batch() -> list[str]:
    """Hole 16: the same key comes twice in one batch, once with another body."""
    scene, process = await one_teller(accounts=1)
    release = hold_back(process)
    customer = Customer(scene=scene, process=process)
    scene.sent["account-0"] += 1
    bodies = [DepositV1(account="account-0", number=1, amount=amount) for amount in (1, 1, 2)]
    asked = [asyncio.create_task(customer.ask(key="same", route="/deposits", body=body)) for body in bodies]
    await asyncio.sleep(1)
    release.set()
    await asyncio.gather(*asked)
    return [*_differs(customer, [ACCEPTED, ACCEPTED, CONFLICT]), *await scene.settle()]


async def dead_command() -> list[str]:
    """Hole 16: a command can never be handled, and somebody waits for its answer."""
    scene = Deposits(seed=16)
    plan = scene.world.plans["teller"]
    routes = Routes(*(with_(route, handler=_curse(route.handler)) for route in plan.routes.values()))
    scene.world.start(service="vault")
    process = scene.world.start(service="teller", routes=routes)
    await opened(scene, process)
    id_ = command_id(customer="customer", method="POST", route="/deposits", target="/deposits", key="k")
    scene.world.poisoned.add(id_)
    customer = Customer(scene=scene, process=process)
    await customer.ask(key="k", route="/deposits", body=DepositV1(account=CURSED, number=1, amount=1))
    return [*_differs(customer, [SET_ASIDE]), *await scene.settle()]


async def call_of_a_zombie() -> list[str]:
    """Hole 17: a process stops before it starts a call; the new owner drops the call; then the first one wakes."""
    scene = Deposits(seed=17)
    world = scene.world
    plan = world.plans["vault"]
    routes = Routes(*(with_(route, handler=_fickle(route.handler)) for route in plan.routes.values()))
    world.start(service="teller")
    old = world.start(service="vault", routes=routes)
    await opened(scene, old)
    start = old.connection.start

    async def stopped_first(*, tasks: list[Task], **given: object) -> object:
        if any(task.key == FICKLE for task in tasks):
            old.freeze()
            await asyncio.sleep(0)
        return await start(tasks=tasks, **given)

    replace(old.connection, "start", stopped_first)
    await _bring(scene, vault.INSURE_EVERY)
    await asyncio.sleep(EXPELLED)
    new = world.start(service="vault", routes=routes)
    replace(new.connection, "start", partial(_later, new.connection.start))
    await _bring(scene, vault.INSURE_EVERY + 1)
    await asyncio.sleep(1)
    old.thaw()
    await asyncio.sleep(2)
    wrong = await scene.settle()
    calls = [each for each in scene.insurer.insured if FICKLE in each]
    return [*(f"I5 a call was made that nobody wanted any more: {each}" for each in calls), *wrong]


async def _later(start: Callable[..., Awaitable[object]], **given: object) -> object:
    """Start calls late, as a process does it that has many."""
    await asyncio.sleep(5.0)
    return await start(**given)


def _differs(customer: Customer, expected: list[int]) -> list[str]:
    found = sorted(customer.answers)
    return [] if found == sorted(expected) else [f"I8 answered {found}, expected {expected}"]


def _curse(handler: Handler) -> Handler:
    def cursed(command: Any, view: View, context: Context) -> Decision:
        if context.key == CURSED:
            raise Poison("it can never be handled")
        return handler(command, view, context)

    return cursed


def _fickle(handler: Handler) -> Handler:
    """Let a deposit after the one that is to be insured say that the owner has changed his mind."""

    def stored(command: Any, view: View, context: Context) -> Decision:
        decision = handler(command, view, context)
        if context.key != FICKLE:
            return decision
        calls = tuple(with_(each, due=context.now) for each in decision.calls)
        return with_(decision, calls=calls, drops=(f"insure:{FICKLE}:{command.number - 1}",))

    return stored


async def _bring(scene: Deposits, number: int) -> None:
    scene.world.publish(DepositV1(account=FICKLE, number=number, amount=1))
    await asyncio.sleep(1)
