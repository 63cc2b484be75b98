"""What may change within a major: only new optional fields and better words, judged from both sides of the wire.

A removed, renamed or retyped field breaks readers of today; a newly required one breaks messages of yesterday; a
changed limit or closed enum breaks one of the two. The way out is always the same: a new major beside the old one.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
_FREE = frozenset(
    {"description", "title", "examples", "$defs", "properties", "required", "items", "anyOf", "$ref", "default"}
)
_UNITS = ("minor units", "grams", "pieces", "parts per million", "RFC 3339", "seconds", "days")


def differences(*, old: Schema, new: Schema) -> list[str]:
    """Return what is forbidden between two schemas of one major, each as a sentence that names the field.

    Empty when it is compatible.
    """
    return _compare("", old, new, (old.get("$defs", {}), new.get("$defs", {})))


def _compare(path: str, old: Schema, new: Schema, defs: tuple[Schema, Schema]) -> list[str]:
    old, new = _resolve(old, defs[0]), _resolve(new, defs[1])
    name = path or "the message"
    found = [
        f"{name}: {key} changed from {old.get(key)!r} to {new.get(key)!r}"
        for key in sorted((old.keys() | new.keys()) - _FREE)
        if old.get(key) != new.get(key)
    ]
    found += [
        f"{name}: the unit {unit!r} changed"
        for unit in _UNITS
        if (unit in _words(old)) != (unit in _words(new)) and _words(old)
    ]
    if old.get("default") != new.get("default"):
        found.append(f"{name}: default changed from {old.get('default')!r} to {new.get('default')!r}")
    return found + _fields(path, old, new, defs) + _parts(path, old, new, defs)


def _fields(path: str, old: Schema, new: Schema, defs: tuple[Schema, Schema]) -> list[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    required = set(old.get("required", [])), set(new.get("required", []))
    found = [f"{_join(path, name)}: removed or renamed" for name in before if name not in after]
    found += [f"{_join(path, name)}: newly required" for name in sorted(required[1] - required[0])]
    found += [f"{_join(path, name)}: no longer required" for name in sorted((required[0] - required[1]) & after.keys())]
    for name in before.keys() & after.keys():
        found += _compare(_join(path, name), before[name], after[name], defs)
    return sorted(found)


def _parts(path: str, old: Schema, new: Schema, defs: tuple[Schema, Schema]) -> list[str]:
    if ("items" in old) != ("items" in new) or len(old.get("anyOf", [])) != len(new.get("anyOf", [])):
        return [f"{path or 'the message'}: retyped"]
    pairs = list(zip(old.get("anyOf", []), new.get("anyOf", []), strict=True))
    if "items" in old:
        pairs.append((old["items"], new["items"]))
    return [line for before, after in pairs for line in _compare(path, before, after, defs)]


def _resolve(schema: Schema, defs: Schema) -> Schema:
    reference = schema.get("$ref")
    return (
        {**defs[reference.rsplit("/", 1)[1]], **{key: value for key, value in schema.items() if key != "$ref"}}
        if reference
        else schema
    )


def _words(schema: Schema) -> str:
    return str(schema.get("description", ""))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
