"""What is generated from the models and committed: schemas, AsyncAPI documents, first examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from contracts import asyncapi
from contracts.registry import REGISTRY
from contracts.samples import sample
from contracts.topics import SERVICES

ROOT = Path(__file__).parents[2]


def generated() -> dict[str, str]:
    """Return every generated file: path under contracts/ -> text. Examples are not among them.

    They are only ever added.
    """
    schemas: dict[str, Any] = {
        f"schemas/{each.name}.json": each.model.model_json_schema(mode="validation") for each in REGISTRY
    }
    documents: dict[str, Any] = {
        f"asyncapi/{service}.json": asyncapi.service_document(service=service) for service in SERVICES
    }
    documents[f"asyncapi/{asyncapi.MESSAGES}"] = asyncapi.messages_document()
    return {path: text(document=document) for path, document in (schemas | documents).items()}


def first_examples() -> dict[str, str]:
    """Return the examples that a new message type begins with: the smallest legal message and a full one."""
    return {
        f"examples/{each.name}/{name}.json": text(document=sample(model=each.model, full=full))
        for each in REGISTRY
        for name, full in (("smallest", False), ("full", True))
    }


def text(*, document: Any) -> str:
    """Return a document as JSON, the same bytes on every machine."""
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write(*, root: Path = ROOT) -> list[str]:
    """Write what is missing or stale, remove what no model stands behind, and return the paths that changed."""
    wanted = generated()
    fresh_examples = {path: body for path, body in first_examples().items() if not (root / path).exists()}
    changed = []
    for path, body in (wanted | fresh_examples).items():
        target = root / path
        if not target.exists() or target.read_text("utf-8") != body:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(body, "utf-8")
            changed.append(path)
    for target in strays(wanted=wanted, root=root):
        target.unlink()
        changed.append(str(target.relative_to(root)))
    return sorted(changed)


def stale(*, root: Path = ROOT) -> list[str]:
    """Return the paths that `generate` would change."""
    wanted = generated()
    differing = [
        path for path, body in wanted.items() if not (root / path).exists() or (root / path).read_text("utf-8") != body
    ]
    missing = [path for path in first_examples() if not (root / path).exists()]
    return sorted(
        [*differing, *missing, *(str(target.relative_to(root)) for target in strays(wanted=wanted, root=root))]
    )


def strays(*, wanted: dict[str, str], root: Path) -> list[Path]:
    """Return generated files that no model stands behind any more."""
    found = [*root.glob("schemas/*.json"), *root.glob("asyncapi/*.json")]
    return [path for path in found if str(path.relative_to(root)) not in wanted]
