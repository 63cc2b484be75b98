"""The peers' shop on PostgreSQL: nothing is sold twice or oversold, and the check finds what is wrong."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import bench.carried
import bench.flow
from bench.carried.__main__ import Services
from bench.carried.services import SERVICES
from bench.checkout import checkout_of
from bench.engines.shop import Shop
from bench.floor import Floor, FloorSql
from bench.shop import compare, fill
from bench.workload import Order, Workload
from chassis.statements import read_statements
from embedded.templates import Database

WORKLOAD = Workload(skus=4, customers=40)
QUEUES = [Path(package.__path__[0]) / "tables.sql" for package in (bench.flow, bench.carried)]
COMPLETED = ("place", "reserve", "pay", "ship", "invoice")
DECLINED = ("place", "reserve", "pay", "release", "cancel")


@pytest.fixture
async def url(fresh_database: Callable[..., Database]) -> str:
    """The address of a filled shop with the queues of both floors."""
    url = fresh_database().admin_url
    await fill(url=url, workload=WORKLOAD, more=QUEUES)
    return url


@pytest.fixture
async def shop(url: str) -> AsyncIterator[Shop]:
    """The shop as the engines see it."""
    opened = await Shop.open(url=url, connections=4)
    yield opened
    await opened.pool.close()


async def _carry(shop: Shop, order: Order) -> list[bool]:
    """Take each step of an order twice, as an engine may; return the answers to the repetitions."""
    answers = []
    for step in DECLINED if order.declined else COMPLETED:
        first = await shop.step(step, checkout_of(order=order))
        answers.append(first == await shop.step(step, checkout_of(order=order)))
    return answers


async def test_a_step_has_one_effect(shop: Shop, url: str) -> None:
    """Steps that are taken twice answer the same and leave stock and money as if taken once, both ways."""
    orders = WORKLOAD.orders(first=0, count=60)
    assert {True, False} == {order.declined for order in orders}
    for order in orders:
        assert all(await _carry(shop, order))
    assert [] == await compare(url=url, workload=WORKLOAD, orders=orders)


@pytest.mark.parametrize(
    "damage, word",
    [
        ("UPDATE stock SET units = units - 1 WHERE sku = 'sku-00000'", "sku-00000"),
        ("UPDATE balances SET money = money + 1 WHERE customer = 'customer-000000'", "customer-000000"),
        ("DELETE FROM shipments", "order"),
        ("UPDATE invoices SET total = total + 1", "invoices"),
    ],
)
async def test_damage_is_found(shop: Shop, url: str, damage: str, word: str) -> None:
    """A unit, a cent, a parcel or an amount that is not right is named."""
    orders = WORKLOAD.orders(first=0, count=3)
    for order in orders:
        await _carry(shop, order)
    await shop.pool.execute(damage)
    assert word in " ".join(await compare(url=url, workload=WORKLOAD, orders=orders))


async def test_a_lost_order_is_found(shop: Shop, url: str) -> None:
    """An order that was never placed is named."""
    orders = WORKLOAD.orders(first=0, count=2)
    await _carry(shop, orders[0])
    assert orders[1].order_id in " ".join(await compare(url=url, workload=WORKLOAD, orders=orders))


async def test_nothing_is_oversold(shop: Shop) -> None:
    """Of orders for one sku at the same moment, as many get it as there is stock for, and the others take nothing."""
    orders = [_wanting(order, "sku-00000", "sku-00001") for order in WORKLOAD.orders(first=0, count=30)]
    await shop.pool.execute("UPDATE stock SET units = 7 WHERE sku = 'sku-00000'")
    taken = await asyncio.gather(*(shop.step("reserve", checkout_of(order=order)) for order in orders))
    left = dict(await shop.pool.fetch("SELECT sku, units FROM stock"))
    assert (7, 0, WORKLOAD.units - 7) == (sum(taken), left["sku-00000"], left["sku-00001"])


async def _stages(connection: Any) -> int:
    """Run each stage of the floor in SQL once; return how many orders went on."""
    statements = read_statements(package="bench.flow", name="stages.sql")
    stages = ("place", "reserve", "pay", "ship", "invoice", "release", "cancel")
    return sum([await connection.fetchval(statements[stage]) for stage in stages])


async def _services(connection: Any) -> int:
    """Give each service of the floor a batch; return how many had one."""
    services = Services()
    return sum([await services.batch(name, connection) is not None for name in SERVICES])


@pytest.mark.parametrize("floor, turn", [(Floor, _services), (FloorSql, _stages)])
async def test_the_floor_sells_in_order_and_oversells_nothing(
    url: str, floor: type[Floor], turn: Callable[[Any], Awaitable[int]]
) -> None:
    """The first orders get the stock that there is and the first of a customer the money; repeats are none."""
    orders = [_wanting(order, "sku-00000", "sku-00001") for order in WORKLOAD.orders(first=0, count=30)]
    connection: Any = await asyncpg.connect(url)
    await connection.execute("UPDATE stock SET units = 7 WHERE sku = 'sku-00000'")
    await connection.execute("UPDATE balances SET money = $1", sum(line.price for line in orders[0].lines))
    submitted = [replace(order, customer="customer-000001") for order in orders]
    submit = read_statements(package=floor.package, name=floor.statements)["submit"]
    for some in (submitted, submitted[:2]):
        await connection.fetchval(submit, *floor().columns(some))
    while await turn(connection):
        continue
    ended = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM invoices), (SELECT count(*) FROM cancellations),"
        " (SELECT units FROM stock WHERE sku = 'sku-00000'), (SELECT sum(money) FROM balances WHERE money = 0),"
        " (SELECT order_id::text FROM invoices)"
    )
    await connection.close()
    assert (1, 29, 6, 0, orders[0].order_id) == tuple(ended)


def _wanting(order: Order, *skus: str) -> Order:
    """Return the order with one piece of each of these skus at one price."""
    return replace(
        order, lines=tuple(replace(line, sku=sku, quantity=1) for line, sku in zip(order.lines, skus, strict=True))
    )
