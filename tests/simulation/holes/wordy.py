"""A teller that has very much to say about one deposit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from toys.messages import REGISTRY, ConfirmedV1, StoreV1
from toys.teller import service as teller

from chassis.decision import Context, Decision, View
from chassis.publisher import Publisher
from chassis.routes import Routes
from contracts.registry import Registry
from simulation.broker import LARGEST
from simulation.plan import Plan

WORDY = 4711


class RemarkedStoreV1(StoreV1):
    """A deposit for the vault, with a remark."""

    remark: str = ""


@dataclass(frozen=True, slots=True)
class RemarkedStore:
    """The same as an event."""

    account: str
    number: int
    amount: int
    remark: str


def wordy(plan: Plan) -> Plan:
    """Return the plan of a teller that adds a remark to one deposit: no broker takes it."""
    types = tuple(replace(each, model=RemarkedStoreV1) if each.model is StoreV1 else each for each in REGISTRY)
    registry = Registry(types=types)
    publisher = Publisher({RemarkedStore: RemarkedStoreV1, teller.Confirmed: ConfirmedV1}, registry=registry)
    routes = Routes(
        *(
            replace(route, handler=_remarking) if route.handler is teller.deposit else route
            for route in plan.routes.values()
        )
    )
    return replace(plan, routes=routes, publisher=publisher, registry=registry)


def _remarking(command: Any, view: View, context: Context) -> Decision:
    decision = teller.deposit(command, view, context)
    remark = "x" * LARGEST if command.number == WORDY else ""
    emits = tuple(RemarkedStore(each.account, each.number, each.amount, remark) for each in decision.emits)
    return replace(decision, emits=emits)
