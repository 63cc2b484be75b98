"""Cases that several tests share explain their failures as tests do; no test leaves its logging behind."""

import logging
from collections.abc import Iterator

import pytest
import structlog

pytest.register_assert_rewrite("store_cases", "task_cases", "processor_cases", "waiting_cases", "failing_cases", "toys")


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    handlers, level = list(logging.root.handlers), logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers, logging.root.level = handlers, level
