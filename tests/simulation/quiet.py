"""Keeps the logs of simulated processes quiet: what happened is in the trace."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def silenced() -> Iterator[None]:
    """Log nothing of the services, and nothing of asyncio about futures whose process is gone."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio_log = logging.getLogger("asyncio")
    level = asyncio_log.level
    asyncio_log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        structlog.configure(**before)
        asyncio_log.setLevel(level)
