"""What the databases of the services refuse is refused in the simulation, too, and does not go unnoticed there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from chassis.decision import Context, Decision, Save, View
from chassis.routes import Route, Routes
from chassis.store.errors import BadData
from chassis.store.memory import MemoryStore
from chassis.store.values import Changes, Write
from inventory.domain.kinds import STOCK
from inventory.domain.stock import SkuStock
from simulation.differential.forbidden import ENUMS, STORY, UNTOLD, Forbidden, constraints, forbidden, words
from simulation.differential.histories import TABLES, of_script
from simulation.loop import run
from simulation.shop.scene import Shop
from simulation.shop.written import wish_for


@cache
def examples() -> tuple[Forbidden, ...]:
    return tuple(forbidden(stores=of_script(name=STORY)))


@pytest.mark.parametrize("service", TABLES)
def test_each_constraint_is_told_or_explained(service: str) -> None:
    """Every CHECK, unique index and trigger of a service has a row that it forbids, or a reason why it needs none."""
    told = {each.constraint for each in examples() if each.service == service}
    assert set(constraints(service=service)) - told == (ENUMS.keys() | UNTOLD) & set(constraints(service=service))


def test_nothing_else_is_explained() -> None:
    """Whatever has a reason stands in a migration, and has no example."""
    there = {name for service in TABLES for name in constraints(service=service)}
    assert set() == (ENUMS.keys() | UNTOLD.keys()) - there
    assert set() == (ENUMS.keys() | UNTOLD.keys()) & {each.constraint for each in examples()}


@pytest.mark.parametrize("service", TABLES)
def test_words_of_a_column_are_those_of_its_enum(service: str) -> None:
    """What a CHECK lists is what the enum of the code has."""
    for name, text in constraints(service=service).items():
        if name in ENUMS:
            assert words(text=text) == {each.value for each in ENUMS[name]}, name


@pytest.mark.parametrize("example", examples(), ids=lambda each: each.constraint)
async def test_memory_store_refuses_it(example: Forbidden) -> None:
    """A row that a constraint forbids is bad data, and leaves nothing behind."""
    store = MemoryStore(tables=TABLES[example.service])
    if example.before is not None:
        await _write(store, example.before)
    kept = (dict(store.aggregates), {name: dict(rows) for name, rows in store.rows.items()})
    with pytest.raises(BadData):
        await _write(store, example.wrong)
    assert kept == (store.aggregates, store.rows)


def test_forbidden_row_of_a_simulated_service_is_a_dead_letter() -> None:
    """A handler of inventory that reserves more than there is breaks an invariant by its dead letters."""
    wrong = run(_greedy())
    assert any(line.startswith("dead letter of inventory") and "CHECK" in line for line in wrong), wrong


async def _greedy() -> list[str]:
    wish = wish_for(0, lines=(("tea", 1),))
    shop = Shop(seed=1, orders=0)
    shop.wishes[wish.order_id] = wish
    plan = shop.world.plans["inventory"]
    routes = Routes(*(replace(route, handler=_reserving_all(route)) for route in plan.routes.values()))
    shop.world.plans = {**shop.world.plans, "inventory": replace(plan, routes=routes)}
    for service in shop.world.plans:
        shop.world.start(service=service)
    await shop.prepare()
    shop.open()
    await asyncio.sleep(10.0)
    wrong = await shop.settle()
    shop.channel.close()
    return wrong


def _reserving_all(route: Route[Any]) -> Any:
    def handle(command: Any, view: View, context: Context) -> Decision:
        decision = route.handler(command, view, context)
        if route.type != "inventory.reserve-stock.v1":
            return decision
        return replace(decision, saves=tuple(map(_too_much, decision.saves)))

    return handle


def _too_much(save: Save) -> Save:
    if save.kind != STOCK:
        return save
    sku: SkuStock = save.aggregate
    return replace(save, aggregate=replace(sku, rows=tuple(replace(row, reserved=row.on_hand + 1) for row in sku.rows)))


async def _write(store: MemoryStore, changes: Changes) -> None:
    await store.write(write=Write(fence={}, locks=(), decide=lambda _locked: changes))
