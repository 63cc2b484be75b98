"""Another handler for one type of message: routes keep the handlers that they were made of, so the way is bent here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chassis.decision import Context, Decision, View
from chassis.routes import Route, Routes

Handler = Callable[[Any, View, Context], Decision]


def reroute(patch: pytest.MonkeyPatch, type_: str, change: Callable[[Handler], Handler]) -> None:
    """Let messages of this type go to what ``change`` makes of their handler."""
    route_of, bent = Routes.__getitem__, list[Handler]()

    def changed(routes: Routes, name: str) -> Route[Any]:
        route = route_of(routes, name)
        if name != type_ or route.handler in bent:
            return route
        bent.append(change(route.handler))
        return replace(route, handler=bent[-1])

    patch.setattr(Routes, "__getitem__", changed)
