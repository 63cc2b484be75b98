"""Where everything of a running house is, and what opens it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SERVICES = ("order", "inventory", "payment", "fulfillment", "billing")
WORLD = "simulators"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Addresses and secrets by service."""

    kafka: str
    urls: Mapping[str, str]
    tokens: Mapping[str, str] = field(repr=False)
    channel_secret: str = field(repr=False)

    @property
    def world(self) -> str:
        """The address of the simulated world."""
        return self.urls[WORLD]

    def authorization(self, *, service: str) -> dict[str, str]:
        """Return the header that a service asks for."""
        return {"Authorization": f"Bearer {self.tokens[service]}"}
