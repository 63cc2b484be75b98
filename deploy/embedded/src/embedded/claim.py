"""One stack for each state folder: a lock that a dead process cannot keep."""

import fcntl
import os
from pathlib import Path
from typing import TextIO


class StateInUseError(RuntimeError):
    """Another stack runs on this state folder."""


def claim(*, state_dir: Path) -> TextIO:
    """Lock the folder for as long as the returned file is open."""
    state_dir.mkdir(parents=True, exist_ok=True)
    file = (state_dir / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        message = f"{state_dir} is in use by process {holder}: stop that one, or choose another state folder"
        raise StateInUseError(message) from None
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
