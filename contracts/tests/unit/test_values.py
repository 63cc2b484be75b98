"""Values that messages are made of."""

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.values import Moment

MOMENT: TypeAdapter[object] = TypeAdapter(Moment)


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00+14:00", "2026-01-05T09:00:00Z", "2999-12-31T23:59:59-14:00"])
def test_moments_in_reach_are_read(text: str) -> None:
    """A time of the years 1970 to 2999 is a moment."""
    MOMENT.validate_python(text)


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z", "3000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"]
)
def test_moments_out_of_reach_are_refused(text: str) -> None:
    """A time at which adding a deadline would leave the calendar is refused by name."""
    with pytest.raises(ValidationError, match="a time from 1970 to 2999 is allowed"):
        MOMENT.validate_python(text)
