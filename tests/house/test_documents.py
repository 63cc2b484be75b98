"""Links of documents lead somewhere, and the indexes are complete."""

import re
from pathlib import Path

from house import tree

LINK = re.compile(r"\[[^\]]*\]\((?!https?://|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
TITLE = re.compile(r"^# (\d+)\. (.+)$", re.MULTILINE)


def documents() -> list[str]:
    return [path for path in tree.paths() if path.endswith(".md")]


def test_each_link_leads_to_a_file() -> None:
    """Every relative link of every document names a file or folder that is there."""
    broken = [
        f"{path}: {link}"
        for path in documents()
        for link in LINK.findall(tree.text(path=path) or "")
        if not (tree.ROOT / Path(path).parent / link).exists()
    ]
    assert [] == broken


def test_each_decision_is_listed() -> None:
    """The index of decisions has each of them once, by number and title."""
    index = tree.text(path="docs/adr/README.md") or ""
    wanted = {}
    for path in documents():
        if re.fullmatch(r"docs/adr/\d{4}-[\w-]+\.md", path):
            title = TITLE.search(tree.text(path=path) or "")
            wanted[Path(path).name] = title and (int(title[1]), title[2])
    listed = {
        match[3]: (int(match[1]), match[2])
        for match in re.finditer(r"^\| (\d+) \| \[([^\]]+)\]\(([^)]+)\) \|$", index, re.MULTILINE)
    }
    assert wanted == listed
