"""What each service does with a batch of messages: read what it decides on, decide, write, say what came of it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.checkout import Checkout
from chassis.statements import read_statements

STATEMENTS = read_statements(package="bench.carried", name="statements.sql")


class Message(Checkout):
    """Everything that the services further on need to know, so that none must ask another."""

    type: str


@dataclass(frozen=True, slots=True)
class Desk:
    """The transaction of a batch, and what is to be said in it: the messages for each service, and the ends."""

    connection: Any
    said: dict[str, list[Message]] = field(default_factory=dict)
    ends: set[str] = field(default_factory=set)

    async def run(self, statement: str, *arguments: Any) -> Sequence[Any]:
        """Run one of the statements."""
        rows: Sequence[Any] = await self.connection.fetch(STATEMENTS[statement], *arguments)
        return rows

    def say(self, service: str, type_: str, message: Message) -> None:
        """Let a service know."""
        self.said.setdefault(service, []).append(message | {"type": type_})


async def order(desk: Desk, batch: Sequence[Message]) -> None:
    """Write down new orders, and the end of those that were declined."""
    if placed := {message["order_id"]: message for message in batch if message["type"] == "place-order"}:
        for row in await desk.run(
            "place", *_columns(placed.values(), "order_id", "customer", "total"), *_lines(placed.values())
        ):
            desk.say("inventory", "order-placed", placed[row[0]])
    if ended := [message["order_id"] for message in batch if message["type"] != "place-order"]:
        await desk.run("cancel", ended)
        desk.ends.add("cancellations")


async def inventory(desk: Desk, batch: Sequence[Message]) -> None:
    """Hold what each order wants, first come, first served, all of it or nothing; take back what was declined."""
    before = dict(await desk.run("lock_stock", sorted({sku for message in batch for sku in message["skus"]})))
    units = dict(before)
    held: list[Message] = []
    released: list[Message] = []
    for message in batch:
        lines = list(zip(message["skus"], message["quantities"], strict=True))
        if message["type"] == "payment-declined":
            released.append(message)
            units.update((sku, units[sku] + quantity) for sku, quantity in lines)
            desk.say("order", "stock-released", message)
        elif all(units[sku] >= quantity for sku, quantity in lines):
            held.append(message)
            units.update((sku, units[sku] - quantity) for sku, quantity in lines)
            desk.say("payment", "stock-reserved", message)
        else:
            desk.say("order", "stock-refused", message)
    await desk.run("save_stock", *_changed(before, units))
    if held:
        await desk.run("reserve", *_columns(held, "order_id"), *_lines(held))
    if released:
        await desk.run("release", *_columns(released, "order_id"))


async def payment(desk: Desk, batch: Sequence[Message]) -> None:
    """Take the money of those who have enough."""
    before = dict(await desk.run("lock_balances", sorted({message["customer"] for message in batch})))
    money = dict(before)
    paid: list[Message] = []
    for message in batch:
        if money[message["customer"]] >= message["total"]:
            money[message["customer"]] -= message["total"]
            paid.append(message)
            desk.say("fulfillment", "payment-captured", message)
        else:
            desk.say("inventory", "payment-declined", message)
    if paid:
        await desk.run("save_balances", *_changed(before, money))
        await desk.run("pay", *_columns(paid, "order_id", "total"))


async def fulfillment(desk: Desk, batch: Sequence[Message]) -> None:
    """Send the parcels."""
    await desk.run("ship", *_columns(batch, "order_id"))
    for message in batch:
        desk.say("billing", "order-shipped", message)


async def billing(desk: Desk, batch: Sequence[Message]) -> None:
    """Write the invoices."""
    await desk.run("invoice", *_columns(batch, "order_id", "total"))
    desk.ends.add("invoices")


Service = Callable[[Desk, Sequence[Message]], Awaitable[None]]
SERVICES: Mapping[str, Service] = {
    service.__name__: service for service in (order, inventory, payment, fulfillment, billing)
}


def _columns(messages: Iterable[Message], *names: str) -> list[list[Any]]:
    rows: list[Mapping[str, Any]] = list(messages)
    return [[row[name] for row in rows] for name in names]


def _lines(messages: Iterable[Message]) -> list[list[Any]]:
    """Return the skus, then the quantities, of orders of two lines each."""
    rows = list(messages)
    skus = [[row["skus"][number] for row in rows] for number in range(2)]
    return [*skus, *([row["quantities"][number] for row in rows] for number in range(2))]


def _changed(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[list[str], list[int]]:
    changed = {key: value for key, value in after.items() if value != before[key]}
    return list(changed), list(changed.values())
