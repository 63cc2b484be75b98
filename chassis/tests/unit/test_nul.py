"""NUL, which PostgreSQL does not store, in whatever is written as JSON."""

import orjson
import pytest

from chassis.nul import nul_at


@pytest.mark.parametrize(
    "document, place",
    [
        ({"a": "x"}, None),
        ({"a": "\\u0000"}, None),
        ({"a": "x\0"}, "a"),
        ({"a": [{"b": "\0"}]}, "a.0.b"),
        ({"a": ("x", "\0")}, "a.1"),
        ("\0", ""),
    ],
)
def test_nul_is_found_by_its_place(document: object, place: str | None) -> None:
    """The place of a NUL is named; the six characters that only look like one are none."""
    assert place == nul_at(document=document, written=orjson.dumps(document))


def test_depth_is_no_limit() -> None:
    """A document that is nested deeper than Python's stack is searched, too."""
    document: object = "\0"
    for _ in range(20_000):
        document = [document]
    assert (nul_at(document=document, written=b"\\u0000") or "").startswith("0.0.")
