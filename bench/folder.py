"""A folder for servers, gone when they have ended."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder that PostgreSQL can enter: it runs as another user when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="ordersaga-bench-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
