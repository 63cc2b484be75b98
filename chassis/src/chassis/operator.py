"""The hook of operator commands: how a verb on a saga becomes a message, and where sagas are shown from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from contracts.values import Contract


class Verb(Protocol):
    """Makes the message of a verb."""

    def __call__(
        self, *, order_id: str, saga: str, verb: str, operator: str, reason: str, step: str | None = None
    ) -> Contract:
        """Return the contract; the registry says its topic and key. ``step`` is where the operator saw the saga."""
        ...


@dataclass(frozen=True, slots=True)
class Operator:
    """What the command line needs of a service that has sagas.

    ``ls`` names a statement without parameters, ``show`` one with the order id.
    """

    verb: Verb
    ls: str
    show: str
