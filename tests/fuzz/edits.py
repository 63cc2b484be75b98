"""An input is a seed and a few edits of it: so that it stays near what is right, and can be shrunk edit by edit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from fuzz.words import RAW, WHOLE, word

Path = tuple[str | int, ...]
Act = Literal[
    "put",
    "drop",
    "twice",
    "cut",
    "insert",
    "flip",
    "whole",
    "key twice",
    "header",
    "header twice",
    "no header",
    "key",
    "partition",
    "no value",
]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: of a document at a path, or of its bytes at a place."""

    act: Act
    path: Path = ()
    value: Any = None

    def __str__(self) -> str:
        """Say it in a line."""
        shown = repr(self.value)
        shown = shown if len(shown) <= 120 else f"{shown[:100]}... ({len(shown)} characters)"
        return f"{self.act} {'.'.join(map(str, self.path))} {shown}"


def drawn_edits(*, rng: Random, document: Any, most: int = 3, raw: float = 0.1, mild: float = 0.2) -> tuple[Edit, ...]:
    """Draw up to so many edits.

    ``raw`` is how often one is of the bytes and not of the document, ``mild`` how often it keeps the form.
    """
    places = list(_places(document, ()))
    return tuple(
        _of_bytes(rng) if not places or rng.random() < raw else _of_document(rng, document, places, mild)
        for _ in range(rng.randint(1, most))
    )


def edited(*, document: Any, edits: tuple[Edit, ...]) -> Any:
    """Return the document with its edits; one whose place an earlier edit took away does nothing."""
    changed = deepcopy(document)
    for edit in edits:
        if edit.path and edit.act in {"put", "drop", "twice"}:
            _apply(changed, edit)
    return changed


def written(*, document: Any, edits: tuple[Edit, ...]) -> bytes:
    """Return the document with all its edits, as a sender would write it."""
    changed = edited(document=document, edits=edits)
    return edited_bytes(raw=json.dumps(changed, ensure_ascii=True).encode(), edits=edits)


def edited_bytes(*, raw: bytes, edits: tuple[Edit, ...]) -> bytes:
    """Return bytes with those edits that are of bytes."""
    for edit in edits:
        raw = _apply_raw(raw, edit)
    return raw


def at(*, document: Any, path: Path) -> Any:
    """Return what stands at a place."""
    for step in path:
        document = document[step]
    return document


def _places(document: Any, path: Path) -> Iterator[Path]:
    items: Any = ()
    if isinstance(document, dict):
        items = document.items()
    elif isinstance(document, list):
        items = enumerate(document)
    for step, value in items:
        yield (*path, step)
        yield from _places(value, (*path, step))


def _of_document(rng: Random, document: Any, places: list[Path], mild: float) -> Edit:
    path = rng.choice(places)
    if rng.random() < mild:
        alike = [
            each for each in places if type(at(document=document, path=each)) is type(at(document=document, path=path))
        ]
        other = at(document=document, path=rng.choice(alike))
        return Edit("put", path, other + rng.choice((-1, 1, 1_000)) if type(other) is int else deepcopy(other))
    chance = rng.random()
    if chance < 0.08:
        return Edit("drop", path)
    if chance < 0.16:
        return Edit("twice", path)
    if chance < 0.28:
        return Edit("put", path, deepcopy(at(document=document, path=rng.choice(places))))
    return Edit("put", path, word(rng, at(document=document, path=path)))


def _of_bytes(rng: Random) -> Edit:
    place = rng.randrange(10**6)
    return rng.choice(
        (
            Edit("cut", value=place),
            Edit("insert", (place,), rng.choice(RAW)),
            Edit("flip", value=place),
            Edit("whole", value=rng.choice(WHOLE)),
            Edit("key twice", value=rng.choice((b"null", b"1", b'"x"', b"[]"))),
        )
    )


def _apply(document: Any, edit: Edit) -> None:
    *before, last = edit.path
    try:
        holder = at(document=document, path=tuple(before))
        if edit.act == "put":
            holder[last] = deepcopy(edit.value)
        elif edit.act == "drop":
            del holder[last]
        elif isinstance(holder, list) and isinstance(last, int):
            holder.insert(last, deepcopy(holder[last]))
    except (KeyError, IndexError, TypeError):
        return


def _apply_raw(raw: bytes, edit: Edit) -> bytes:
    match edit.act:
        case "cut":
            return raw[: edit.value % (len(raw) + 1)]
        case "insert":
            place = int(edit.path[0]) % (len(raw) + 1)
            return raw[:place] + bytes(edit.value) + raw[place:]
        case "flip" if raw:
            place = edit.value % len(raw)
            return raw[:place] + bytes([raw[place] ^ 1 << edit.value % 8]) + raw[place + 1 :]
        case "whole":
            return bytes(edit.value)
        case "key twice" if raw[:1] == b"{" and b":" in raw:
            return raw[:-1] + b"," + raw[1 : raw.index(b":")] + b":" + bytes(edit.value) + b"}"
        case _:
            return raw
