"""Fails a run that asks the machine for chance, an id, a thread or the network; who asks it for the time gets ours.

Names are refused where every caller comes by, however it was imported: methods of classes (``Thread.start``,
``socket.__init__``), and of ``datetime``, which is written in C, the entry in the type itself. What a function
imported by name could still reach, the generator that all of ``random`` shares, is compared before and after.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import gc
import os
import random
import socket
import subprocess
import threading
import time
import uuid
from asyncio.base_events import BaseEventLoop
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn
from unittest.mock import patch

import uuid_utils
import uuid_utils.compat

from chassis.sources import SystemClock, Uuid7Ids

TIMES = ("time", "monotonic", "perf_counter")
SHARED: Any = getattr(random, "_inst")  # noqa: B009 - the generator behind random.random() and the like has no other name
DRAWS = sorted(
    name for name in random.__all__ if getattr(getattr(random, name), "__self__", None) is SHARED and name != "getstate"
)
UUIDS = tuple(f"uuid{version}" for version in (1, 4, 6, 7, 8))
FORBIDDEN: tuple[tuple[Any, str], ...] = (
    *((time, name) for name in ("time_ns", "monotonic_ns", "perf_counter_ns", "sleep", "process_time", "thread_time")),
    *((module, name) for module in (uuid, uuid_utils, uuid_utils.compat) for name in UUIDS if hasattr(module, name)),
    *((random, name) for name in DRAWS),
    # What secrets and SystemRandom draw from.
    (random, "_urandom"),
    *((os, name) for name in ("urandom", "getrandom", "fork", "system", "posix_spawn") if hasattr(os, name)),
    (threading.Thread, "start"),
    (BaseEventLoop, "run_in_executor"),
    (subprocess.Popen, "__init__"),
    (socket.socket, "__init__"),
    *((socket, name) for name in ("getaddrinfo", "gethostname")),
    (SystemClock, "now"),
    (Uuid7Ids, "draw"),
)
DATES: tuple[tuple[type[Any], str], ...] = ((dt.datetime, "now"), (dt.datetime, "utcnow"), (dt.date, "today"))


class Impure(BaseException):
    """The simulated code asked the machine for something: the run would not be the same again.

    Nobody may take it for a fault of the network, and so it is no Exception.
    """


class Guard:
    """Refuses, and remembers it: a task that nobody waits for may swallow what was raised in it."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def refusing(self, name: str) -> Callable[..., NoReturn]:
        """Return what stands in the place of a forbidden name."""

        def refuse(*_given: object, **_named: object) -> NoReturn:
            self.refused.append(name)
            raise Impure(f"{name} was called in a simulated run")

        return refuse

    def seeding(self) -> Callable[..., None]:
        """Return what stands in the place of ``Random.seed``: without a seed it would ask the machine for one."""
        refuse, seed = self.refusing("Random without a seed"), random.Random.seed

        def checked(drawing: random.Random, given: Any = None, version: int = 2) -> None:
            if given is None:
                refuse()
            seed(drawing, given, version)

        return checked


@contextmanager
def pure(*, now: Callable[[], float]) -> Iterator[None]:
    """Let nothing but the seed decide what happens."""
    guard, before = Guard(), random.getstate()
    with ExitStack() as stack:
        for name in TIMES:
            stack.enter_context(patch.object(time, name, now))
        for owner, name in FORBIDDEN:
            stack.enter_context(patch.object(owner, name, guard.refusing(f"{owner.__name__}.{name}")))
        for owner, name in DATES:
            stack.enter_context(_replaced(owner, name, guard.refusing(f"{owner.__name__}.{name}")))
        stack.enter_context(patch.object(random.Random, "seed", guard.seeding()))
        yield
    if random.getstate() != before:
        guard.refused.append("the generator that random.random() and the like share")
    if guard.refused:
        raise Impure(f"in a simulated run was used: {', '.join(sorted(set(guard.refused)))}")


@contextmanager
def _replaced(owner: type[Any], name: str, by: Callable[..., Any]) -> Iterator[None]:
    """Replace a method of a type that is written in C, for everybody who has the type."""
    [space] = [each for each in gc.get_referents(owner.__dict__) if isinstance(each, dict)]
    before = space[name]
    space[name] = staticmethod(by)
    _forget_lookups(owner)
    try:
        yield
    finally:
        space[name] = before
        _forget_lookups(owner)


def _forget_lookups(owner: type[Any]) -> None:
    # The interpreter keeps where it found an attribute; a change of the type behind its back must be told.
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(owner))
