"""A settings file with secrets of its own, from an example that leaves them empty."""

import os
import secrets
from pathlib import Path


def write_secrets(*, like: Path, to: Path) -> None:
    """Copy the example, drawing a secret for each name without a value; the file is for its owner alone, and new."""
    lines = [_filled(line=line) for line in like.read_text().splitlines()]
    with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join((*lines, "")))


def _filled(*, line: str) -> str:
    is_empty = line.endswith("=") and not line.startswith("#")
    return line + secrets.token_hex(24) if is_empty else line
