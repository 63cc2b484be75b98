"""What each service does about which event, and which event comes of it; a service's events go on its own topic."""

from collections.abc import Mapping
from typing import NamedTuple

from bench.checkout import Checkout

COMMANDS = "commands"
PARTITIONS = 8  # of each topic; a service handles so many events at a time


class Event(Checkout):
    """Everything that the services further on need to know, so that none must ask another."""

    id: str
    type: str


class Reaction(NamedTuple):
    """The step to take, the event of its success, and that of a step that found nothing to take."""

    step: str
    event: str
    refused: str = ""


REACTIONS: Mapping[str, Mapping[str, Reaction]] = {
    "order": {
        "place-order": Reaction("place", "order-placed"),
        "stock-refused": Reaction("cancel", "order-cancelled"),
        "stock-released": Reaction("cancel", "order-cancelled"),
    },
    "inventory": {
        "order-placed": Reaction("reserve", "stock-reserved", "stock-refused"),
        "payment-declined": Reaction("release", "stock-released"),
    },
    "payment": {"stock-reserved": Reaction("pay", "payment-captured", "payment-declined")},
    "fulfillment": {"payment-captured": Reaction("ship", "order-shipped")},
    "billing": {"order-shipped": Reaction("invoice", "invoice-issued")},
}
LISTENS: Mapping[str, tuple[str, ...]] = {
    "order": (COMMANDS, "inventory"),
    "inventory": ("order", "payment"),
    "payment": ("inventory",),
    "fulfillment": ("payment",),
    "billing": ("fulfillment",),
}
ENDS: Mapping[str, bool] = {"invoice-issued": True, "order-cancelled": False}
