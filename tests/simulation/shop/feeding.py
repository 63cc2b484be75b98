"""Upstream systems that publish what they sell again: late, twice, out of order; the highest sequence must win."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chassis.store.memory import MemoryStore
from contracts.registry import REGISTRY
from contracts.values import Contract
from simulation.shop.catalogue import apply, everything_published
from simulation.world import World


@dataclass(slots=True)
class Feeding:
    """Publishes old and new states of reference data, and knows what must be kept of them in the end."""

    world: World
    newest: dict[str, Contract] = field(default_factory=dict)

    def publish(self) -> None:
        """Publish a few states of some things in any order, some of them twice."""
        if not self.world.feeding:
            self.world.feed()
            self.world.sources.append(self._again)
        draw = self.world.draw
        contracts = list(everything_published())
        for contract in draw.sample(contracts, draw.randint(1, 3)):
            newest = _sequence(self.newest.get(_name(contract), contract)) + draw.randint(0, 2)
            self.newest[_name(contract)] = _state(contract, newest)
            sequences = [draw.randint(1, newest) for _ in range(draw.randint(0, 3))]
            states = [newest, *sequences, newest]
            draw.shuffle(states)
            for sequence in states:
                self.world.weather.injected["feed late, twice or out of order"] += 1
                self.world.publish(_state(contract, sequence))

    def violations(self) -> Iterator[str]:
        """Return what is kept of another state than the newest."""
        for service, plan in self.world.plans.items():
            expected = MemoryStore()
            for contract in self.newest.values():
                apply(store=expected, feeds=plan.feeds, contract=contract)
            for ref, wanted in expected.aggregates.items():
                kept = self.world.stores[service].aggregates.get(ref)
                if kept != wanted:
                    yield f"feed of {service}: {ref[0].name} {ref[1]} is {kept}, not {wanted}"

    def _again(self) -> None:
        """Publish once more what is so now."""
        for contract in self.newest.values():
            self.world.publish(contract)


def _state(contract: Any, sequence: int) -> Contract:
    """Return what a thing is in its state of this number; where it has a name, the state can be told by it."""
    later = sequence > _sequence(contract) and hasattr(contract, "name")
    name = {"name": f"{contract.name} {sequence}"} if later else {}
    state: Contract = contract.model_copy(update={"sequence": sequence, **name})
    return state


def _sequence(contract: Any) -> int:
    return int(contract.sequence)


def _name(contract: Contract) -> str:
    type_ = REGISTRY.of(type(contract))
    return f"{type_.name} {getattr(contract, type_.key)}"
