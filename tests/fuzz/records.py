"""Kafka records as careless or hostile producers send them: an example of the contracts, its envelope, and edits."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from chassis.message import Headers, Record, shard_of
from chassis.testing import MONDAY
from contracts.envelope import Envelope, to_headers
from contracts.registry import REGISTRY
from fuzz.edits import Act, Edit, drawn_edits, written

EXAMPLES = Path(__file__).parents[2] / "contracts" / "examples"
HEADERS = (
    *("ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "ce_correlationid", "ce_causationid"),
    *("ce_fingerprint", "ce_specversion", "content-type", "traceparent"),
)
VALUES = (
    None,
    b"",
    b" ",
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"x" * 200,
    b"x" * 201,
    b"x" * 1_000_000,
    b"order.place-order.v1",
    b"order.place-order.v2",
    b"order.place-order.v01",
    b"order.placed.v1",
    b"timer.pay-deadline",
    b"answer.query",
    b"0001-01-01T00:00:00+14:00",
    b"9999-12-31T23:59:59-14:00",
    b"2026-01-05T09:00:00",
    b"00-00000000000000000000000000000000-0000000000000000-00",
    "\u202e\U0001f4a3".encode(),
    b"\r\nx: y",
)
AROUND: tuple[Act, ...] = ("header", "header", "header twice", "no header")
KEYS = (None, b"", b"\0", b"\xff", b"x" * 200, b"x" * 201, b"x" * 400_000, b"other", "\u202e".encode(), b"a\nb")


@cache
def examples() -> tuple[tuple[str, str], ...]:
    """Return type and text of every committed example."""
    found = sorted(EXAMPLES.glob("*/*.json"))
    return tuple((each.parent.name, each.read_text(encoding="utf-8")) for each in found)


def record_of(*, type_: str, document: Any, edits: tuple[Edit, ...], partitions: int, message_id: str = "m1") -> Record:
    """Return the record of an edited document; key and partition are right unless an edit says otherwise."""
    known = REGISTRY.find(type_)
    if known is None:
        raise KeyError(type_)
    key = str(getattr(known.model.model_validate(document), known.key))
    envelope = Envelope(message_id, "/fuzz", type_, key, MONDAY, key, "")
    record = Record(
        topic=known.topic,
        partition=shard_of(key, partitions),
        offset=7,
        key=key.encode(),
        value=written(document=document, edits=edits),
        headers=to_headers(envelope=envelope),
    )
    for edit in edits:
        record = _enveloped(record, edit)
    return record


def drawn(*, rng: Random, document: Any, envelope: float = 0.3, raw: float = 0.1) -> tuple[Edit, ...]:
    """Draw edits of the envelope, of the document, or of both."""
    if rng.random() >= envelope:
        return drawn_edits(rng=rng, document=document, raw=raw)
    around = tuple(_of_envelope(rng) for _ in range(rng.randint(1, 3)))
    return around if rng.random() < 0.5 else (*around, *drawn_edits(rng=rng, document=document, most=1, raw=raw))


@cache
def document_of(*, text: str) -> Any:
    """Return the document of an example; it is not to be changed."""
    return json.loads(text)


def _of_envelope(rng: Random) -> Edit:
    chance = rng.random()
    if chance < 0.1:
        return Edit("key", value=rng.choice(KEYS))
    if chance < 0.15:
        return Edit("partition", value=rng.choice((0, 1, 11, 12, 2**31 - 1)))
    if chance < 0.2:
        return Edit("no value")
    name = rng.choice((*HEADERS, *HEADERS[:4], "x-unknown", "", "\0", "CE_ID"))
    act = rng.choice(AROUND)
    return Edit("no header", (name,)) if act == "no header" else Edit(act, (name,), rng.choice(VALUES))


def _enveloped(record: Record, edit: Edit) -> Record:
    match edit.act:
        case "key":
            return replace(record, key=edit.value)
        case "partition":
            return replace(record, partition=edit.value)
        case "no value":
            return replace(record, value=None)
        case "header" | "header twice" | "no header":
            return replace(record, headers=_headers(record.headers, edit))
        case _:
            return record


def _headers(headers: Headers, edit: Edit) -> Headers:
    name = str(edit.path[0])
    others = tuple(each for each in headers if each[0] != name)
    if edit.act == "no header":
        return others
    return (*(headers if edit.act == "header twice" else others), (name, edit.value))
