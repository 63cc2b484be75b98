"""Values that are known by a number, and things that are worked out once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Once(dict[K, V]):
    """What a function gives for each key, worked out when it is first asked for."""

    def __init__(self, make: Callable[[K], V]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: K) -> V:
        value = self[key] = self._make(key)
        return value


class Pool(Generic[K]):
    """The values that were met, in their order, so that a state is a handful of numbers."""

    def __init__(self) -> None:
        self.all: list[K] = []
        self._numbers: dict[K, int] = {}

    def number(self, value: K) -> int:
        """Return the number of a value."""
        number = self._numbers.setdefault(value, len(self.all))
        if number == len(self.all):
            self.all.append(value)
        return number
