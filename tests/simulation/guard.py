"""Fails a run that asks the machine for chance, an id or the network; who asks it for the time gets ours."""

from __future__ import annotations

import random
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn
from unittest.mock import patch

from chassis.sources import SystemClock, Uuid7Ids

TIMES = ("time", "monotonic", "perf_counter")
FORBIDDEN: tuple[tuple[Any, str], ...] = (
    *((time, name) for name in ("time_ns", "monotonic_ns", "perf_counter_ns", "sleep")),
    *((uuid, name) for name in ("uuid1", "uuid4")),
    *((random, name) for name in ("random", "uniform", "randint", "randrange", "choice", "choices", "shuffle")),
    (socket, "socket"),
    (SystemClock, "now"),
    (Uuid7Ids, "draw"),
)


class Impure(BaseException):
    """The simulated code asked the machine for something: the run would not be the same again.

    Nobody may take it for a fault of the network, and so it is no Exception.
    """


@contextmanager
def pure(*, now: Callable[[], float]) -> Iterator[None]:
    """Let nothing but the seed decide what happens."""
    with ExitStack() as stack:
        for name in TIMES:
            stack.enter_context(patch.object(time, name, now))
        for owner, name in FORBIDDEN:
            stack.enter_context(patch.object(owner, name, _refusing(name)))
        yield


def _refusing(name: str) -> Any:
    def refuse(*_given: object, **_named: object) -> NoReturn:
        raise Impure(f"{name} was called in a simulated run")

    return refuse
