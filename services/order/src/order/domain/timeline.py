"""The history of an order: rows chained by hashes, so that a changed, lost or added row is found (D06)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from order.domain.order import Entry

_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def chained(**told: Any) -> Entry:
    """Return the entry of these fields, with its hash over all of them and the hash of the row before it."""
    return Entry(**told, hash=_hash(told))


def broken_at(*, entries: Iterable[Entry]) -> int | None:
    """Return the number of the first row that does not follow from the one before it; None when the chain holds."""
    previous = ""
    for number, entry in enumerate(entries, start=1):
        if entry.number != number or entry.previous != previous or entry.hash != _hash(_told(entry)):
            return number
        previous = entry.hash
    return None


def _told(entry: Entry) -> dict[str, Any]:
    return {field.name: getattr(entry, field.name) for field in fields(Entry) if field.name != "hash"}


def _hash(told: Mapping[str, Any]) -> str:
    text = _JSON.encode({**told, "at": told["at"].isoformat()})
    return hashlib.sha256(text.encode()).hexdigest()
