"""A state of a model, by numbers: of each service, of the channel, of what is under way."""

from __future__ import annotations

from typing import NamedTuple


class State(NamedTuple):
    """All of it; ``time`` says which of the deadlines have passed, ``faults`` how much may still go wrong."""

    order: int
    inventory: int
    payment: int
    fulfillment: int
    billing: int
    bank: int
    queues: int
    answers: int
    copies: int
    time: int
    wishes: int
    faults: int
