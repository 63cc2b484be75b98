"""The history of an order: rows chained by hashes, so that a changed, lost or added row is found (D06)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from order.domain.order import Entry


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
    return hashlib.sha256(_text(told).encode()).hexdigest()


def _text(told: Mapping[str, Any]) -> str:
    """Return the row as JSON, by the names of its fields. It is written out: a general encoder takes thrice as long."""
    return (
        f'{{"at":{quoted(told["at"].isoformat())}'
        f',"message_id":{quoted(told["message_id"])}'
        f',"number":{told["number"]}'
        f',"order_id":{quoted(told["order_id"])}'
        f',"previous":{quoted(told["previous"])}'
        f',"state_from":{quoted(told["state_from"])}'
        f',"state_to":{quoted(told["state_to"])}'
        f',"what":{quoted(told["what"])}'
        f',"who":{quoted(told["who"])}'
        f',"why":{quoted(told["why"])}}}'
    )
