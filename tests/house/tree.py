"""The files of the repository, as git knows them: tracked ones and new ones that are not ignored."""

import subprocess
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("order", "inventory", "payment", "fulfillment", "billing")
PURE_CHASSIS = ("chassis/src/chassis/decision", "chassis/src/chassis/saga")
DECISIONS = (*(f"services/{name}/src/{name}/{part}" for name in SERVICES for part in ("domain", "handlers", "saga")),)
FILES = ("README.md", "pyproject.toml", "tests/examples.py")
MODULES = (
    *("__main__.py", "app.py", "settings.py", "domain.py", "handlers.py", "consumers.py", "http.py", "publishers.py"),
    *("repository.py", "audit.py", "queries.sql", "migrations/0001_initial.sql"),
)
DOMAINS = (*(f"services/{name}/src/{name}/domain" for name in SERVICES),)


@cache
def paths() -> tuple[str, ...]:
    """Return the path of every file relative to the root, in order."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return tuple(sorted({path for path in listed if path and (ROOT / path).is_file()}))


def modules(*, of: Iterable[str]) -> list[str]:
    """Return the Python files whose path begins so: for domain these are domain.py, domain/x.py and domain_x.py."""
    starts = tuple(of)
    return [path for path in paths() if path.endswith(".py") and path.startswith(starts)]


def python() -> list[str]:
    """Return every Python file."""
    return [path for path in paths() if path.endswith(".py")]


def sources() -> list[str]:
    """Return every Python file of a member's package."""
    return [path for path in python() if "/src/" in path]


def tests() -> list[str]:
    """Return every file of tests."""
    return [path for path in python() if Path(path).name.startswith("test_")]


def text(*, path: str) -> str | None:
    """Return the text of a file, or None when it is not UTF-8."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def offences(*, files: Iterable[str], rule: Callable[[str], list[str]]) -> list[str]:
    """Return what the rule finds in these files, each with its path in front."""
    return [f"{path}: {found}" for path in files for found in rule(text(path=path) or "")]
