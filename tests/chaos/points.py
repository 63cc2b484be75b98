"""The named points at which a process may be killed: each is before or after one method of the production code.

Nothing in production knows of them. A process that is to die at a point is started by `chaos.process`, which wraps that
one method before the service begins; every other process runs the code as it is.
"""

from __future__ import annotations

import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from chassis.commands import Commands
from chassis.deciding import Decider
from chassis.kafka.member import KafkaMember
from chassis.kafka.sender import KafkaSender
from chassis.loop import Loop
from chassis.offsets import Offsets
from chassis.parser import Parser
from chassis.relay import Relay
from chassis.store.postgres import PostgresStore
from chassis.store.writing import Writing
from chassis.tasks.calls import Calls
from chassis.tasks.runner import Tasks
from simulators.house.addresses import SERVICES

When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Point:
    """A moment in the life of a message or a shard.

    ``who`` are the services that come by it under load; ``most`` says how often a process surely does.
    """

    name: str
    when: When
    owner: type
    method: str
    who: tuple[str, ...] = SERVICES
    most: int = 4
    stopping: bool = False

    @property
    def note(self) -> str:
        """What the process says in its log when it dies here."""
        return f'chaos: killed at "{self.name}"'


POINTS = (
    Point("polled, not parsed", "before", Loop, "take"),
    Point("loaded", "after", PostgresStore, "load"),
    Point("decided", "after", Decider, "decide"),
    Point("written, not committed", "after", Writing, "locked", ("inventory", "payment", "billing")),
    Point("committed, nobody told", "after", PostgresStore, "write"),
    Point("committed, not sent", "before", Relay, "_push"),
    Point("sent, no answer", "after", KafkaSender, "send"),
    Point("acknowledged, not noted", "before", Relay, "_ack"),
    Point("acknowledged, pointers there", "before", PostgresStore, "forget"),
    Point("pointers deleted", "after", PostgresStore, "forget"),
    Point("offsets not committed", "before", KafkaMember, "commit"),
    Point("offsets committed", "after", KafkaMember, "commit"),
    Point("draining", "after", Loop, "settle", most=1, stopping=True),
    Point("epoch raised, not verified", "after", PostgresStore, "raise_epoch"),
    Point("shard verified, not open", "after", Offsets, "verify", most=1),
    Point("shard open, tasks not loaded", "before", Tasks, "enter"),
    Point("call committed, not made", "before", Calls, "_reply", ("payment",)),
    Point("call made, answer not stored", "after", Calls, "_reply", ("payment",)),
    Point("timer due, no message yet", "before", Parser, "timer", ("order", "fulfillment")),
    Point("HTTP write sent, not answered", "after", Commands, "_send", ("order", "payment")),
)
BY_NAME = {point.name: point for point in POINTS}


def arm(*, point: Point, passes: int, die: Callable[[], None] | None = None) -> None:
    """Let the process die when it comes by this point for the n-th time."""
    left = passes

    def pass_by() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            print(point.note, file=sys.stderr, flush=True)
            (die or _die)()

    setattr(point.owner, point.method, _wrapped(getattr(point.owner, point.method), point.when, pass_by))


def _wrapped(method: Callable[..., Any], when: When, pass_by: Callable[[], None]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(method):

        @functools.wraps(method)
        async def waiting(*args: Any, **kwargs: Any) -> Any:
            if when == "before":
                pass_by()
            result = await method(*args, **kwargs)
            if when == "after":
                pass_by()
            return result

        return waiting

    @functools.wraps(method)
    def plain(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            pass_by()
        result = method(*args, **kwargs)
        if when == "after":
            pass_by()
        return result

    return plain


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
