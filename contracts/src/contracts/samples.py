"""Samples of messages, drawn from their schemas: the smallest legal one and a full one, the same on every run."""

from __future__ import annotations

from typing import Any

from contracts.values import Contract

Schema = dict[str, Any]


def sample(*, model: type[Contract], full: bool) -> dict[str, Any]:
    """Return a legal message of this model; a full one has every optional field."""
    schema = model.model_json_schema(mode="validation")
    built = _object(schema, schema.get("$defs", {}), full)
    model.model_validate(built)
    return built


def _object(schema: Schema, defs: Schema, full: bool) -> dict[str, Any]:  # noqa: FBT001 - private, and it has one meaning
    required = schema.get("required", [])
    chosen = {name: part for name, part in schema.get("properties", {}).items() if full or name in required}
    return {name: _value(name, part, defs, full) for name, part in chosen.items()}


def _value(name: str, schema: Schema, defs: Schema, full: bool) -> Any:  # noqa: FBT001 - private, and it has one meaning
    if "$ref" in schema:
        return _value(name, defs[schema["$ref"].rsplit("/", 1)[1]], defs, full)
    if "examples" in schema:
        return schema["examples"][0]
    if "anyOf" in schema:
        return _value(name, schema["anyOf"][0], defs, full)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    return _plain(name, schema, defs, full)


def _plain(name: str, schema: Schema, defs: Schema, full: bool) -> Any:  # noqa: FBT001 - private, and it has one meaning
    match schema.get("type"):
        case "object":
            return _object(schema, defs, full)
        case "array":
            return [_value(name, schema["items"], defs, full)] if full or schema.get("minItems") else []
        case "integer":
            return max(schema.get("minimum", 0), 1)
        case "boolean":
            return schema.get("default", True)
        case "string" if schema.get("format") == "date-time":
            return "2026-01-02T03:04:05Z"
        case "string":
            return f"{name.removesuffix('_id').replace('_', '-')}-1"[: schema.get("maxLength", 80)]
        case _:
            raise TypeError(f"no sample for field {name}: {schema}")
