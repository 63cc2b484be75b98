from __future__ import annotations

from pathlib import Path

import pytest

from order.command_line import pages
from order.domain.profiles import PROFILES

DIAGRAMS = Path(__file__).resolve().parents[4] / "docs" / "diagrams"


@pytest.mark.parametrize("name", sorted(pages()))
def test_diagrams_are_fresh(name: str) -> None:
    """Each committed page is what the tables draw today."""
    assert pages()[name] == (DIAGRAMS / name).read_text(encoding="utf-8")


def test_each_profile_has_a_page_with_its_transitions() -> None:
    """Each transition that moves an order stands in the page of its profile."""
    for name, profile in PROFILES.items():
        page = pages()[f"order-{name.replace('_', '-')}.md"]
        for (source, trigger), target in profile.table.items():
            arrows = [each for each in page.splitlines() if each.startswith(f"    {source} --> {target}: ")]
            assert source is target or trigger in arrows[0]
