"""The character that JSON can say and PostgreSQL stores in no text and no jsonb: it is refused where it comes in."""

from __future__ import annotations

from typing import Any

NUL = "\0"
REFUSED = "the character U+0000 cannot be stored"
_WRITTEN = b"\\u0000"


def nul_at(*, document: Any, written: bytes) -> str | None:
    """Return where in a document a NUL stands, None when nowhere; ``written`` is the JSON that it was read from.

    JSON writes the character in one way only, so that a look at the bytes is enough for nearly every message.
    """
    if _WRITTEN not in written:
        return None
    left: list[tuple[str, Any]] = [("", document)]
    while left:
        place, value = left.pop()
        if isinstance(value, str) and NUL in value:
            return place.removeprefix(".")
        if isinstance(value, dict):
            left.extend((f"{place}.{name}", each) for name, each in value.items())
        elif isinstance(value, list | tuple):
            left.extend((f"{place}.{number}", each) for number, each in enumerate(value))
    return None
