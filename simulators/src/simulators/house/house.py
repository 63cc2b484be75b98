"""What the demo needs of a house, whichever way it runs."""

import re
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from simulators.house.addresses import Addresses


class HouseError(RuntimeError):
    """A part of the house did not come up or has ended; the message says which, with its last words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the auditor said."""

    words: str
    exit_code: int

    @property
    def violations(self) -> int:
        """How many violations it counted; an auditor that failed otherwise counts as one."""
        found = re.search(r"(\d+) violations", self.words)
        counted = int(found[1]) if found else 0
        return counted or int(self.exit_code != 0)


class Premises(Protocol):
    """The servers that a house stands on, with a database for each service."""

    @property
    def kafka_bootstrap(self) -> str:
        """The address of Kafka."""

    def environment(self, *, service: str, migrating: bool = False) -> dict[str, str]:
        """Return the settings of a service that say where its servers are, for its runner or for its owner."""

    def stop(self) -> None:
        """Give them back."""


class House(Protocol):
    """Five services and a world that run while the `with` block does."""

    @property
    def addresses(self) -> Addresses:
        """Where everything is."""

    def dead(self) -> tuple[str, ...]:
        """Return the processes that have ended by themselves."""

    def audit(self) -> Verdict:
        """Ask the auditor."""

    def __enter__(self) -> Self:
        """Bring it up, or find it."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what was started."""
