"""What the routes of a batch say of the aggregates that it needs.

A hint that fails is none: the handler asks for what it needs and the batch is decided again, or the handler raises the
same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from chassis.decision import View
from chassis.message import Incoming
from chassis.routes import Ref, nothing
from chassis.view import NotLoaded


def named(*, messages: Iterable[Incoming]) -> dict[Ref, None]:
    """Return what the messages name by themselves."""
    refs: dict[Ref, None] = {}
    for message in messages:
        with suppress(Exception):
            refs.update(dict.fromkeys(message.route.loads(message.command)))
    return refs


def following(*, messages: Iterable[Incoming], view: View) -> dict[Ref, None]:
    """Return the plain aggregates that those in the view lead to."""
    looks = ((message.command, message.route.follows) for message in messages)
    return {ref: None for ref in _seen(looks, view) if not ref[0].shared}


def locked(*, messages: Iterable[Incoming], view: View) -> dict[Ref, None]:
    """Return the shared aggregates to lock."""
    looks = ((message.command, message.route.locks) for message in messages)
    return {ref: None for ref in _seen(looks, view) if ref[0].shared}


def _seen(looks: Iterable[tuple[Any, Callable[[Any, View], Iterable[Ref]]]], view: View) -> Iterable[Ref]:
    for command, look in looks:
        if look is nothing:
            continue
        try:
            yield from tuple(look(command, view))
        except NotLoaded as missing:
            yield from missing.refs
        except Exception:  # noqa: BLE001, S112 - only a hint, see above
            continue
