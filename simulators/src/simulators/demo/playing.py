"""The replay of a demo on a running house: every plan is lived, or known to be stuck when patience ends."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from rich.console import Console

from simulators.channel.signatures import Signer
from simulators.demo.progress import shown
from simulators.house.addresses import Addresses
from simulators.house.house import House, HouseError
from simulators.publishing import Publisher
from simulators.shopper.customer import Lived, Street
from simulators.shopper.desk import Desk
from simulators.shopper.plan import Plan
from simulators.shopper.replay import SOURCE, live_all
from simulators.shopper.watch import Watch

_LOOK_SECONDS = 0.5
_HTTP_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What was lived, and what did not end in time, with the last that is known of it."""

    lived: tuple[Lived, ...]
    stuck: tuple[tuple[Plan, str], ...]


async def play(
    *, house: House, plans: tuple[Plan, ...], run: str, at_once: int, seconds: float, console: Console
) -> Played:
    """Live all plans, for so many seconds at most."""
    addresses, watch, lived = house.addresses, Watch(), list[Lived]()
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(Publisher(bootstrap=addresses.kafka, source=SOURCE))
        street = await open_street(stack=stack, addresses=addresses, watch=watch, publisher=publisher)
        following = asyncio.create_task(watch.run(bootstrap=addresses.kafka, group=f"simulators.shopper.{run}"))
        guarding = asyncio.create_task(_guard(house))
        living = asyncio.create_task(live_all(plans=plans, street=street, at_once=at_once, on_end=lived.append))
        tasks: tuple[asyncio.Task[object], ...] = (living, following, guarding)
        try:
            async with shown(console=console, watch=watch, plans=plans):
                done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            _raise_first(task)
    ended = {each.plan.order_id for each in lived}
    rest = [plan for plan in plans if plan.order_id not in ended]
    return Played(lived=tuple(lived), stuck=tuple((plan, watch.stage(order_id=plan.order_id)) for plan in rest))


async def open_street(*, stack: AsyncExitStack, addresses: Addresses, watch: Watch, publisher: Publisher) -> Street:
    """Return what customers of this house can reach; the stack closes its connections."""
    to_order = await stack.enter_async_context(
        httpx.AsyncClient(
            base_url=addresses.urls["order"],
            headers=addresses.authorization(service="order"),
            timeout=_HTTP_SECONDS,
        )
    )
    to_world = await stack.enter_async_context(httpx.AsyncClient(timeout=_HTTP_SECONDS))
    return Street(
        desk=Desk(publisher=publisher, client=to_order),
        watch=watch,
        client=to_world,
        world_url=addresses.world,
        signer=Signer(secret=addresses.channel_secret.encode()),
        now=lambda: int(datetime.now(UTC).timestamp()),
    )


def _raise_first(task: asyncio.Task[object]) -> None:
    """Raise what the task failed with; of several customers who failed together the first one speaks."""
    error = task.exception()
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if error is not None:
        raise error


async def _guard(house: House) -> None:
    """Fail as soon as a process of the house has ended."""
    while True:
        if dead := house.dead():
            raise HouseError(f"{', '.join(dead)} has ended in the middle of the replay; see its log")
        await asyncio.sleep(_LOOK_SECONDS)
