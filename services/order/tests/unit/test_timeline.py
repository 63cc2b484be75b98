"""The history: what its hashes are over."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from chassis.testing import MONDAY
from order.domain.timeline import broken_at, chained

AWKWARD = 'a "quote", a \\, a\ttab, \x00, \u2028, 茶 and \U0001f375'


@pytest.mark.parametrize("why", ["", "plain", AWKWARD])
def test_a_row_is_hashed_as_json_with_sorted_names(why: str) -> None:
    """Rows of every release are hashed over the same text, whatever is in it."""
    told: dict[str, Any] = {
        "order_id": "o1",
        "number": 1,
        "at": MONDAY,
        "what": "placed",
        "state_from": "placing",
        "state_to": "placing",
        "who": "customer",
        "why": why,
        "message_id": "m1",
        "previous": "",
    }
    text = json.dumps({**told, "at": MONDAY.isoformat()}, sort_keys=True, separators=(",", ":"))
    entry = chained(**told)
    assert hashlib.sha256(text.encode()).hexdigest() == entry.hash
    assert broken_at(entries=[entry]) is None
