from __future__ import annotations

from dataclasses import replace

import pytest

from services.order.tests.examples import Shop


def test_a_changed_order_is_a_copy() -> None:
    """An order with other fields is what `dataclasses.replace` makes of it, and the one before stays as it was."""
    shop = Shop()
    shop.confirmed()
    before = shop.order
    fields = {"why": "because", "captured": 5}
    expected, kept = replace(before, why="because", captured=5), replace(before)
    assert (expected, kept) == (before.changed(**fields), before)


def test_an_order_has_no_other_fields() -> None:
    """A field that orders do not have is an error, as it is for `dataclasses.replace`."""
    shop = Shop()
    shop.accepted()
    with pytest.raises(TypeError, match="Order has no colour, shape"):
        shop.order.changed(shape="round", why="", colour="red")
