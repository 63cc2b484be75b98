"""Two states that differ in nothing that a decision depends on are the same: what is left out here, and why."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

# What grows with every repeat and decides nothing but an alarm, or follows from the rest of the state.
IDLE = frozenset({"entries", "head", "tries", "stuck", "fingerprint", "since"})
SOME_TIME = "some time"


def canonical(*, value: Any, times: bool) -> Hashable:
    """Return the value as nested tuples; unless ``times``, any time is like any other, but not like none."""
    if isinstance(value, (str, int, timedelta, type(None))):
        return value
    if isinstance(value, datetime):
        return value if times else SOME_TIME
    if is_dataclass(value) and not isinstance(value, type):
        return (
            type(value).__name__,
            *(canonical(value=getattr(value, name), times=times) for name in _names(type(value))),
        )
    if isinstance(value, Mapping):
        return tuple(sorted((str(key), canonical(value=each, times=times)) for key, each in value.items()))
    if isinstance(value, (set, frozenset)):
        return tuple(sorted((canonical(value=each, times=times) for each in value), key=repr))
    return tuple(canonical(value=each, times=times) for each in value)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    refund_tries = kind.__module__.startswith("payment.")
    return tuple(
        field.name for field in fields(kind) if field.name not in IDLE or (field.name == "tries" and refund_tries)
    )
