"""What the stages of one start share: where to say what they do, and whether they still should."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


class StartAbandonedError(RuntimeError):
    """The start was called off while it was under way."""


@dataclass(frozen=True, kw_only=True)
class Startup:
    """Progress lines out, a call-off in."""

    say: Callable[[str], None]
    abandoned: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raise when the start has been called off."""
        if self.abandoned.is_set():
            message = "the start was called off"
            raise StartAbandonedError(message)
