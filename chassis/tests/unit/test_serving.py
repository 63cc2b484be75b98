from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from chassis.serving import COLLECT_AFTER, collect_seldom


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


class Cycle:
    """Holds itself."""

    def __init__(self) -> None:
        self.me = self


def test_the_collector_searches_seldom_and_not_what_is_there() -> None:
    """What a process has when it begins to work is left out of every search, and searches are rarer."""
    collect_seldom()
    assert (True, COLLECT_AFTER) == (gc.get_freeze_count() > 0, gc.get_threshold())


def test_cycles_are_still_found() -> None:
    """A cycle that is made later is let go, before many more objects than the threshold were made."""
    collect_seldom()
    gone = weakref.ref(Cycle())
    kept: list[list[int]] = [[] for _ in range(2 * COLLECT_AFTER[0])]
    assert (None, 2 * COLLECT_AFTER[0]) == (gone(), len(kept))
