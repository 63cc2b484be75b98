"""Bounded waiting, in place of sleeps."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(predicate: Callable[[], Awaitable[T]], *, within: float = ..., every: float = ...) -> T: ...


@overload
async def eventually(predicate: Callable[[], T], *, within: float = ..., every: float = ...) -> T: ...


async def eventually(predicate: Callable[[], object], *, within: float = 10.0, every: float = 0.05) -> object:
    """Return the predicate's first true value, or fail when there is none in the given seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = predicate()
        value = await answer if inspect.isawaitable(answer) else answer
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(_complaint(predicate=predicate, within=within, value=value))
        await asyncio.sleep(every)


def wait_until(predicate: Callable[[], T], *, within: float = 10.0, every: float = 0.05) -> T:
    """Do the same as `eventually` where no event loop runs."""
    deadline = time.monotonic() + within
    while not (value := predicate()):
        if time.monotonic() >= deadline:
            raise AssertionError(_complaint(predicate=predicate, within=within, value=value))
        time.sleep(every)
    return value


def _complaint(*, predicate: Callable[[], object], within: float, value: object) -> str:
    name = getattr(predicate, "__qualname__", repr(predicate))
    return f"{name} did not become true within {within:g} s; its last value was {value!r}"
