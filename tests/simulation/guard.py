"""Fails a run that asks the machine: for the time, for chance, for an id, for the network."""

from __future__ import annotations

import random
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn
from unittest.mock import patch

from chassis.sources import SystemClock, Uuid7Ids

FORBIDDEN: tuple[tuple[Any, str], ...] = (
    *((time, name) for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "sleep")),
    *((uuid, name) for name in ("uuid1", "uuid4")),
    *((random, name) for name in ("random", "uniform", "randint", "randrange", "choice", "choices", "shuffle")),
    (socket, "socket"),
    (SystemClock, "now"),
    (Uuid7Ids, "draw"),
)


class Impure(Exception):
    """The simulated code asked the machine for something: the run would not be the same again."""


@contextmanager
def pure() -> Iterator[None]:
    """Let nothing but the seed decide what happens."""
    with ExitStack() as stack:
        for owner, name in FORBIDDEN:
            stack.enter_context(patch.object(owner, name, _refusing(name)))
        yield


def _refusing(name: str) -> Any:
    def refuse(*_given: object, **_named: object) -> NoReturn:
        raise Impure(f"{name} was called in a simulated run")

    return refuse
