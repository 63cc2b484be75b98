"""Copies of frozen values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from chassis.decision import changed


@dataclass(frozen=True, kw_only=True)
class Value:
    """Something with fields."""

    name: str
    count: int = 0


def test_a_copy_has_other_fields_and_leaves_the_value_as_it_was() -> None:
    """It is what dataclasses.replace returns."""
    value = Value(name="a", count=1)
    copy = changed(value, count=2)
    assert (replace(value, count=2), Value(name="a", count=1)) == (copy, value)
    assert hash(replace(value, count=2)) == hash(copy)


def test_a_field_that_is_not_there_is_refused() -> None:
    """A wrong name is an error and no new attribute."""
    with pytest.raises(TypeError, match="Value has no colour, size"):
        changed(Value(name="a"), size=1, colour="red")
