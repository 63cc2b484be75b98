"""The named statements of steps.sql; the project's own reader is not to be had in the environment of the peers."""

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def steps() -> dict[str, str]:
    """Return the statement of each step."""
    text = Path(__file__).parent.with_name("steps.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return {name: body.strip().removesuffix(";") for name, body in zip(parts[::2], parts[1::2], strict=True)}
