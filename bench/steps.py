"""The steps of a checkout: their statements and what they are given. Standard library only: the engines use it too."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.checkout import Checkout

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)

ARGUMENTS: Mapping[str, Sequence[str]] = {
    "place": ("order_id", "customer", "total", "skus", "quantities"),
    "reserve": ("order_id", "skus", "quantities"),
    "is_reserved": ("order_id",),
    "pay": ("order_id", "customer", "total"),
    "is_paid": ("order_id",),
    "release": ("order_id",),
    "cancel": ("order_id",),
    "ship": ("order_id",),
    "invoice": ("order_id", "total"),
}


def statements() -> dict[str, str]:
    """Return the statement of each step."""
    _, *parts = _NAME.split(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    return {name: body.strip().removesuffix(";") for name, body in zip(parts[::2], parts[1::2], strict=True)}


def arguments(*, step: str, checkout: Checkout) -> list[Any]:
    """Return the parameters of a step's statement."""
    given: Mapping[str, Any] = checkout
    return [given[name] for name in ARGUMENTS[step]]
