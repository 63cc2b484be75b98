"""The simulation says what happened by its trace; the logs of hundreds of processes would only hide it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulation.quiet import silenced


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with silenced():
        yield
