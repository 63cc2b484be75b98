"""Copies of frozen values with some fields changed."""

from dataclasses import dataclass, field, replace

import pytest

from chassis.decision import changed


@dataclass(frozen=True)
class Box:
    """A frozen value."""

    name: str
    units: int = 0
    notes: dict[str, str] = field(default_factory=dict)


def test_a_copy_is_that_of_replace() -> None:
    """The fields named are new, the others the same objects, and what was copied stays as it was."""
    box = Box(name="a", notes={"x": "y"})
    copy = changed(box, units=3)
    assert replace(box, units=3) == copy
    assert type(copy) is Box
    assert copy.notes is box.notes
    assert Box(name="a", notes={"x": "y"}) == box


def test_a_field_that_is_not_there_is_refused() -> None:
    """A misspelt field is an error, as with replace."""
    with pytest.raises(TypeError, match="a Box has no colour, unit"):
        changed(Box(name="a"), unit=3, colour="red")
