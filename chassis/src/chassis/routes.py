"""Which handler a type of message goes to, as what command, and which aggregates it needs."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from chassis.decision import Context, Decision, Kind, View

C = TypeVar("C")

Ref = tuple[Kind[Any], str]


def nothing(_command: Any, _view: View) -> Iterable[Ref]:
    """Name nothing: the hint of a route that has none."""
    return ()


@dataclass(frozen=True, slots=True)
class Route(Generic[C]):
    """One type of message: its command, its handler, what to load before it and what to lock.

    ``loads`` names plain aggregates, ``follows`` those that only these lead to, and ``locks`` shared ones; the last two
    may look at what was loaded. All are hints that save a second pass: an aggregate that a handler asks for and that is
    not there is loaded (or locked), and the batch is decided again. ``refusal`` makes the event that tells the others
    when the message ends as a dead letter.
    """

    type: str
    command: builtins.type[C]
    handler: Callable[[C, View, Context], Decision]
    loads: Callable[[C], Iterable[Ref]]
    locks: Callable[[C, View], Iterable[Ref]] = nothing
    refusal: Callable[[C, str], Any] | None = None
    follows: Callable[[C, View], Iterable[Ref]] = nothing


class Routes(Mapping[str, Route[Any]]):
    """The routes of one service by type; two routes for one type are refused."""

    def __init__(self, *routes: Route[Any]) -> None:
        self._routes = {route.type: route for route in routes}
        self._adapters: dict[str, TypeAdapter[Any]] = {route.type: TypeAdapter(route.command) for route in routes}
        if len(self._routes) != len(routes):
            types = [route.type for route in routes]
            raise ValueError(f"two routes for {sorted({name for name in types if types.count(name) > 1})}")

    def __getitem__(self, type_: str) -> Route[Any]:
        return self._routes[type_]

    def __iter__(self) -> Iterator[str]:
        return iter(self._routes)

    def __len__(self) -> int:
        return len(self._routes)

    def adapter(self, type_: str) -> TypeAdapter[Any]:
        """Return what builds the command of this type from a contract model or from the data of a task."""
        return self._adapters[type_]
