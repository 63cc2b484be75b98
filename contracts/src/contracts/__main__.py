"""The contracts' command line: python -m contracts generate | check | topics."""

from __future__ import annotations

import argparse
import sys

from contracts import check, generate
from contracts.registry import REGISTRY
from contracts.topics import TOPICS


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code: 0 fine, 1 problems found, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m contracts", description="Schemas, AsyncAPI documents, examples and topics."
    )
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("generate", help="write what is generated from the models")
    checking = commands.add_parser("check", help="fail when something is stale or breaks what is published")
    checking.add_argument("--base", help="the revision to compare with (default: the merge base with main)")
    commands.add_parser("topics", help="list the topics with their settings")
    chosen = parser.parse_args(arguments)
    match chosen.command:
        case "generate":
            return _generate()
        case "check":
            return _check(chosen.base)
        case "topics":
            return _topics()
        case _:
            parser.print_help()
            return 2


def _generate() -> int:
    changed = generate.write()
    print("\n".join(f"contracts/{path}" for path in changed) or "nothing to do: all is fresh")
    return 0


def _check(base: str | None) -> int:
    found = check.problems(base=base)
    for problem in found:
        print(problem, file=sys.stderr)
    print(f"contracts: {len(list(REGISTRY))} message types, {len(TOPICS)} topics, {len(found)} problems")
    return 1 if found else 0


def _topics() -> int:
    for topic in TOPICS:
        kept = "for ever" if topic.retention_ms < 0 else f"{topic.retention_ms // 86_400_000} days"
        print(f"{topic.name:28} {topic.partitions:3} partitions  {topic.cleanup:8} kept {kept}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
