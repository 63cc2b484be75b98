"""One history of the five services: orders, people, faults, and then time enough for everything to end."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import fulfillment.consumers
import order.consumers
from chassis.store.values import Task
from contracts.inventory import ReceiveStockV1
from contracts.payment import RecordStatementLineV1
from contracts.registry import REGISTRY
from contracts.tenders import IssueTenderV1, TopUpBalanceV1
from contracts.values import TenderKind
from fulfillment.domain.waves import Policy
from order.domain.order import ORDER
from order.domain.profiles import PROFILES, with_clocks
from order.domain.rollup import SubState
from payment.domain.kinds import PAYMENT
from simulation.coverage import watched
from simulation.plan import Plan
from simulation.shop.catalogue import CURRENCY, CUSTOMERS, WARES, fill
from simulation.shop.channel import Channel
from simulation.shop.facts import all_of, known
from simulation.shop.feeding import Feeding
from simulation.shop.invariants import broken
from simulation.shop.operator import Operator
from simulation.shop.outside import Outside
from simulation.shop.poison import Poisoner
from simulation.shop.rest import held_too_long
from simulation.shop.services import plans
from simulation.shop.wishes import LITTLE, TOP_UP, Wish, wish
from simulation.world import World
from simulators.channel.behaviour import Manners

PLACING_SECONDS = 15.0
PATIENCE_SECONDS = 120.0
CLOCKS = {"*": {"service_window": 12}, "express": {"pay_deadline": 8}, "promotion": {"pay_deadline": 15}}
SOON = timedelta(seconds=2)
MOST_JUMPS = 150
POINTS = 400
LASTING = 0.25
"""The share of histories that go on until the orders are archived, and somebody pays after that."""


class Shop:
    """A world with five services and everybody around them."""

    def __init__(self, *, seed: int, orders: int, only: Collection[int] | None = None, whims: bool = True) -> None:
        own = [replace(plan, gateways={}) for plan in _services()]
        self.world = World(seed=seed, plans=own, registry=REGISTRY)
        manners = Manners(duplicated=300_000, late=200_000, late_ms=6_000, shuffled_ms=1_500)
        self.channel = Channel(world=self.world, seed=seed, manners=manners)
        self.world.plans["payment"].gateways.update(self.channel.gateways)
        draw = random.Random(f"wishes of {seed}")
        wishes = [wish(draw=draw, number=number, seconds=PLACING_SECONDS) for number in range(orders)]
        self.numbers = {each.order_id: number for number, each in enumerate(wishes)}
        wishes = [each for number, each in enumerate(wishes) if only is None or number in only]
        self.wishes: dict[str, Wish] = {each.order_id: each if whims else replace(each, whims=()) for each in wishes}
        self.channel.declines |= {each.order_id for each in wishes if each.pay.startswith("declined")}
        self.channel.charges |= {each.order_id for each in wishes if each.pay in {"at once", "declined and charged"}}
        self.lasts = draw.random() < LASTING
        self.feeding = Feeding(world=self.world)
        poisoner = Poisoner(world=self.world, orders=list(self.wishes))
        self.world.tricks.update({"poison for a handler": poisoner.poison, "feeds": self.feeding.publish})
        self.operator = Operator(world=self.world)
        self.world.tricks["operator"] = self.operator.act
        self.outside = Outside(world=self.world, channel=self.channel, wishes=self.wishes, seed=seed)

    async def prepare(self) -> None:
        """Fill the shelves, the purses and the catalogue."""
        fill(stores=self.world.stores)
        for ware in WARES.values():
            for warehouse, units in ware.stock.items():
                receipt = f"{ware.sku}-{warehouse}"
                self.world.publish(
                    ReceiveStockV1(receipt_id=receipt, sku=ware.sku, warehouse_id=warehouse, quantity=units)
                )
        for customer in CUSTOMERS:
            amount = LITTLE if customer == CUSTOMERS[-1] else TOP_UP
            self.world.publish(
                TopUpBalanceV1(top_up_id=f"top-{customer}", customer_id=customer, currency=CURRENCY, amount=amount)
            )
            self._issue(f"points-{customer}", customer, POINTS)
        for each in self.wishes.values():
            for tender in each.command.tenders:
                if tender.kind == "coupon":
                    self._issue(tender.tender_id, each.command.customer_id, tender.amount)
        await self.world.until(lambda: not self.world.unquiet(), seconds=PATIENCE_SECONDS)

    def open(self) -> None:
        """Let every customer live as wished."""
        for each in self.wishes.values():
            self.outside.live(each)

    async def settle(self) -> list[str]:
        """Put the clock forward from one thing that is due to the next until nothing is left to wait for."""
        for day in range(MOST_JUMPS):
            if not await self.world.until(self._idle, seconds=PATIENCE_SECONDS):
                return [f"I3 not idle after {PATIENCE_SECONDS:.0f} s: {self._busy()}", *self._broken()]
            if any(store.dead.keys() - self.world.poisoned for store in self.world.stores.values()):
                return self._broken()
            if wrong := self.operator.unexpected(held_too_long(stores=self.world.stores)):
                return [*wrong, *self._broken()]
            if (
                self.operator.look_after()
                or self._pay_out()
                or self.outside.claim(self._received())
                or (day == 0 and self._import_statement())
            ):
                continue
            due = min((task.due for task in self._tasks(archive=False)), default=None)
            if due is None and self.lasts:
                self.lasts = False
                self.outside.remember()
                due = max((task.due for task in self._tasks(archive=True)), default=None)
            if due is None:
                return self._broken()
            self.world.clock.forward += max(timedelta(), due - self.world.clock.now())
            self.outside.grade()
        return ["I3 there is always something left to wait for", *self._broken()]

    def outcomes(self) -> Counter[str]:
        """Return how many orders ended how."""
        return Counter(each.order.get("state", "unknown") for each in known(stores=self.world.stores))

    def concerned(self, wrong: Iterable[str]) -> tuple[int, ...]:
        """Return the numbers of the orders that are named in these violations."""
        named = {number for violation in wrong for order_id, number in self.numbers.items() if order_id in violation}
        return tuple(sorted(named))

    def _broken(self) -> list[str]:
        wrong = broken(world=self.world, channel=self.channel, wishes=self.wishes)
        return [*self.feeding.violations(), *self.operator.unexpected(wrong)]

    def _issue(self, tender_id: str, customer: str, amount: int) -> None:
        kind: TenderKind = "points" if tender_id.startswith("points") else "coupon"
        self.world.publish(
            IssueTenderV1(tender_id=tender_id, customer_id=customer, kind=kind, currency=CURRENCY, amount=amount)
        )

    def _tasks(self, *, archive: bool) -> list[Task]:
        tasks = [task for store in self.world.stores.values() for task in store.waiting.values()]
        return [task for task in tasks if archive or task.name != "archive"]

    def _idle(self) -> bool:
        soon = self.world.clock.now() + SOON
        due = any(task.due <= soon for task in self._tasks(archive=True))
        people = self.outside.pending or self.channel.owes_notices()
        return not due and not people and not self.world.unquiet(parked=False)

    def _busy(self) -> str:
        now = self.world.clock.now()
        late = sorted(f"{task.name} of {task.key}" for task in self._tasks(archive=True) if task.due <= now)
        return f"{self.world.unquiet()}, {self.outside.pending} outside, overdue {late[:5]}"

    def _import_statement(self) -> bool:
        lines = self.channel.statement()
        for line in lines:
            self.world.publish(line, message_id=f"{line.statement_id}-{line.line_number}")
        return bool(lines)

    def _received(self) -> set[str]:
        """Return the sub-orders that somebody has said the customer has."""
        orders = all_of(store=self.world.stores["order"], kind=ORDER).values()
        return {part.sub_order_id for each in orders for part in each.sub_orders if part.state is SubState.COMPLETED}

    def _pay_out(self) -> bool:
        """Pay back what only a person can, transfers and cash, and let the bank's statement tell of it."""
        found = False
        for each in all_of(store=self.world.stores["payment"], kind=PAYMENT).values():
            for refund in each.refunds_on_their_way:
                if refund.channel.by_statement:
                    found = True
                    line = RecordStatementLineV1(
                        statement_id=f"payout-{refund.id}-{refund.tries}",
                        line_number=1,
                        order_id=each.order_id,
                        attempt_id=refund.attempt_id,
                        channel=refund.channel.value,
                        kind="refund",
                        reference=refund.id,
                        currency=refund.currency,
                        amount=refund.amount,
                        booked_at=self.world.clock.now(),
                    )
                    self.world.publish(line, message_id=line.statement_id)
        return found


@cache
def _services() -> tuple[Plan, ...]:
    """Return the plans, watched by the coverage; made once, since adapters take long to build."""
    profiles = with_clocks(profiles=PROFILES, seconds=CLOCKS)
    policy = Policy(window=timedelta(seconds=1))
    return plans(
        orders=order.consumers.routes(profiles=profiles),
        shipments=fulfillment.consumers.routes(policy=policy),
        watched=watched,
    )
