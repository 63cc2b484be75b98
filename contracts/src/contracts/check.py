"""The gate: what is committed is fresh, every example ever committed parses.

And nothing breaks against the merge base.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from pydantic import ValidationError

from contracts.compatibility import differences
from contracts.generate import ROOT, stale
from contracts.registry import REGISTRY

_ADVICE = "add a new major beside it (…V2), publish both, and retire the old one when its consumers have moved"


def problems(*, base: str | None = None, root: Path = ROOT) -> list[str]:
    """Return what is wrong, each as a sentence.

    ``base`` is the revision to compare with, else the merge base with main.
    """
    found = [f"contracts/{path} is stale: run python -m contracts generate" for path in stale(root=root)]
    found += example_problems(root=root)
    revision = base or merge_base(root=root)
    return found + (history_problems(base=revision, root=root) if revision else [])


def example_problems(*, root: Path = ROOT) -> list[str]:
    """Return the committed examples that no longer parse."""
    found = []
    for path in sorted(root.glob("examples/*/*.json")):
        message = REGISTRY.find(path.parent.name)
        if message is None:
            found.append(f"{path.parent.name} is not in the registry, but examples of it were committed; {_ADVICE}")
            continue
        try:
            message.model.model_validate_json(path.read_bytes())
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            found.append(f"{path.parent.name}/{path.name} no longer parses: {field}: {first['msg']}; {_ADVICE}")
    return found


def history_problems(*, base: str, root: Path = ROOT) -> list[str]:
    """Return what breaks against a revision: changed majors, and examples that were changed or removed."""
    found = []
    for path in _git("ls-tree", "-r", "--name-only", base, "schemas", "examples", root=root).splitlines():
        before = _git("show", f"{base}:./{path}", root=root)
        target = root / path
        if path.startswith("examples/"):
            if not target.exists() or target.read_text("utf-8") != before:
                found.append(f"contracts/{path} was changed or removed: examples are only ever added")
        elif not target.exists():
            found.append(f"contracts/{path} was removed: {_ADVICE}")
        else:
            changes = differences(old=json.loads(before), new=json.loads(target.read_text("utf-8")))
            found += [f"{target.stem}: {change}; {_ADVICE}" for change in changes]
    return found


def merge_base(*, root: Path = ROOT) -> str | None:
    """Return where this branch left main; on main itself the commit before; None without history."""
    head = _git("rev-parse", "--verify", "-q", "HEAD", root=root).strip()
    for main in ("origin/main", "main"):
        base = _git("merge-base", "HEAD", main, root=root).strip()
        if base and base != head:
            return base
    return _git("rev-parse", "--verify", "-q", "HEAD^", root=root).strip() or None


def _git(*arguments: str, root: Path) -> str:
    program = ("git", "-C", str(root), *arguments)
    result = subprocess.run(program, capture_output=True, text=True, check=False)  # noqa: S603 - the arguments are our own
    return result.stdout if result.returncode == 0 else ""
