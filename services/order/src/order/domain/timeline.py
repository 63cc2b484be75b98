"""The history of an order: rows chained by hashes, so that a changed, lost or added row is found (D06)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields, replace

from order.domain.order import Entry

_TOLD = tuple(field.name for field in fields(Entry) if field.name not in {"at", "hash"})
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def chained(*, entry: Entry) -> Entry:
    """Return the entry with its hash over all its fields and the hash of the row before it."""
    told = {name: getattr(entry, name) for name in _TOLD}
    text = _JSON.encode({**told, "at": entry.at.isoformat()})
    return replace(entry, hash=hashlib.sha256(text.encode()).hexdigest())


def broken_at(*, entries: Iterable[Entry]) -> int | None:
    """Return the number of the first row that does not follow from the one before it; None when the chain holds."""
    previous = ""
    for number, entry in enumerate(entries, start=1):
        if entry.number != number or entry.previous != previous or chained(entry=entry).hash != entry.hash:
            return number
        previous = entry.hash
    return None
