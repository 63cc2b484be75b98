"""A broker that has lost its log, and the operator who follows the runbook: everybody says again what was said."""

from __future__ import annotations

from datetime import timedelta

from chassis.message import Record
from chassis.republish import republish_records
from chassis.sources import SeededIds
from simulation.broker import header
from simulation.clocks import BEGINNING
from simulation.loop import running
from simulation.world import World

OUTSIDE = "/outside"
NOTICED_AFTER = (0.1, 6.0)
ALL_UP_AFTER = 15.0
"""Whoever was started meanwhile has joined its group, and no shard moves any more."""
LONG_AGO = BEGINNING - timedelta(days=1)
"""Before anything was written, be it by a process whose clock was hours behind."""


def lose(*, world: World) -> None:
    """Lose the end of all logs or all of them, with the groups' offsets or without; somebody notices after a while.

    With them, a group goes on inside a log that has grown again, and passes over what lies before.
    """
    draw = world.draw
    whole, groups = draw.random() < 0.5, draw.random() < 0.5
    lost = world.broker.lose(keep=lambda: 0.0 if whole else draw.random(), groups=groups)
    world.broker_lost = True
    world.weather.injected["broker log lost"] += 1
    world.weather.injected["record lost by the broker"] += lost
    world.trace.note(f"the broker loses {lost} records{' and the groups' if groups else ''}")
    running().outside(running().now + draw.uniform(*NOTICED_AFTER), lambda: recover(world=world))


def recover(*, world: World) -> None:
    """Follow the runbook: stop everything, forget how far the groups had read, let every owner send its log again.

    Who said something from outside and has no answer says it again, too, and so do the sources of feeds.
    """
    world.weather.injected["republish"] += 1
    world.trace.note("an operator lets the log be published again")
    for process in list(world.running):
        process.kill()
    for group in world.broker.groups.values():
        group.committed.clear()
    for record in _unanswered(world):
        world.repeat(record)
    for tell in world.sources:
        tell()
    _ask(world)
    world.chores += 1
    running().outside(running().now + ALL_UP_AFTER, _ask_again, world)


def _ask_again(world: World) -> None:
    """Ask once more when all are up: a shard that moved while its journal was sent has lost the rest of it."""
    world.chores -= 1
    _ask(world)


def _ask(world: World) -> None:
    ids = SeededIds(clock=world.clock, seed=world.draw.getrandbits(64))
    for service in world.plans:
        asked = republish_records(
            service=service, since=LONG_AGO, shards=world.broker.partitions, clock=world.clock, ids=ids
        )
        for outgoing in asked:
            world.broker.append(outgoing=outgoing)


def _unanswered(world: World) -> list[Record]:
    """Return the first of each record from outside that not everybody who reads it has handled."""
    found: dict[str, Record] = {}
    for log in world.broker.ever.values():
        for record in log:
            message_id, type_ = header(record, "ce_id"), header(record, "ce_type")
            readers = [name for name, plan in world.plans.items() if type_ in plan.routes]
            outside = header(record, "ce_source") == OUTSIDE
            if outside and any(message_id not in world.stores[name].inbox for name in readers):
                found.setdefault(message_id, record)
    return list(found.values())
