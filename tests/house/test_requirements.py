"""docs/requirements.md: every id once, and every name that it gives exists."""

import ast
import re
from collections import Counter
from functools import cache

import pytest

from house import tree

PAGE = "docs/requirements.md"
LAST = dict(zip("LTCISMPFABKVXDUR", (17, 9, 10, 8, 7, 6, 8, 10, 9, 5, 6, 3, 6, 6, 3, 4), strict=True))
ROW = re.compile(r"^\| (?P<id>[A-Z]\d\d) \| (?P<what>[^|]+) \|(?P<code>[^|]*)\|(?P<proof>[^|]*)\|$", re.MULTILINE)
NAME = re.compile(r"`(?P<path>[\w/.-]+\.py)::(?P<name>\w+)`")


def rows() -> list[re.Match[str]]:
    return list(ROW.finditer(tree.text(path=PAGE) or ""))


@cache
def names(*, path: str) -> frozenset[str]:
    """Return what a module defines, at its top or in its classes."""
    module = ast.parse((tree.ROOT / path).read_text("utf-8"))
    bodies = [module.body, *(node.body for node in module.body if isinstance(node, ast.ClassDef))]
    return frozenset(name for body in bodies for node in body for name in _defined(node=node))


def _defined(*, node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


def real_path(*, path: str, name: str) -> str:
    """Return where a name of the page lies: proofs in the member's tests, code in its package."""
    member, _, rest = path.partition("/")
    if member == "tests":
        return path
    folder = f"services/{member}" if member in tree.SERVICES else member
    return f"{folder}/tests/{rest}" if name.startswith("test_") else f"{folder}/src/{member}/{rest}"


def test_each_id_stands_once() -> None:
    """Every requirement has one row, and there is no row for anything else."""
    wanted = Counter(f"{letter}{number:02}" for letter, last in LAST.items() for number in range(1, last + 1))
    assert wanted == Counter(row["id"] for row in rows())


def test_each_id_is_proven_or_says_later() -> None:
    """A requirement names code and proof, or says that it comes later or never."""
    silent = [
        row["id"]
        for row in rows()
        if not (NAME.search(row["code"]) and NAME.search(row["proof"]))
        and not re.search(r"\blater\b|out of scope", row["what"])
    ]
    assert [] == silent


def test_each_name_exists() -> None:
    """Every function, table and test that the page names is where it says."""
    found = [(match["path"], match["name"]) for match in NAME.finditer(tree.text(path=PAGE) or "")]
    missing = [
        f"{path}::{name}"
        for path, name in found
        if not (tree.ROOT / (real := real_path(path=path, name=name))).is_file() or name not in names(path=real)
    ]
    assert [] == missing


@pytest.mark.parametrize("title", ["When things meet", "What users of such systems ask for most", "Bad input"])
def test_each_wish_and_each_mistake_is_proven(title: str) -> None:
    """Every row of the tables without ids names a test."""
    section = (tree.text(path=PAGE) or "").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ") and line != "|---|"][1:]
    assert lines
    assert [] == [line for line in lines if not NAME.search(line)]


def test_no_name_is_misspelt() -> None:
    """Whatever stands in backquotes with two colons is a name that can be checked."""
    text = tree.text(path=PAGE) or ""
    assert text.count("::") == len(NAME.findall(text)) + 1  # the one in the introduction ends with an ellipsis
