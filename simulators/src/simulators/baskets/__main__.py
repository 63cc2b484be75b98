"""Make the committed baskets anew, or count baskets: `python -m simulators.baskets extract|count --help`."""

import argparse
import sys
from pathlib import Path

from simulators.baskets.counts import count_baskets
from simulators.baskets.extract import extract
from simulators.baskets.fixture import FIXTURE
from simulators.baskets.read import IN_FIXTURE, NoBasketsError, Replay, parse_weeks


def main() -> int:
    """Run the verb and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m simulators.baskets", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    extracting = verbs.add_parser("extract", help="write the first baskets of the package to the committed file")
    extracting.add_argument("--count", type=int, default=IN_FIXTURE)
    extracting.add_argument("--path", type=Path, default=FIXTURE)
    counting = verbs.add_parser("count", help="count what the baskets have and what is left out")
    counting.add_argument("--count", type=int, default=IN_FIXTURE, help="the first so many; 0 means all")
    counting.add_argument("--weeks", default="", help="of these weeks only, such as 5-8")
    arguments = parser.parse_args()
    try:
        return _run(arguments)
    except NoBasketsError as error:
        print(f"baskets: {error}", file=sys.stderr)
        return 2


def _run(arguments: argparse.Namespace) -> int:
    if arguments.verb == "extract":
        extract(count=arguments.count, path=arguments.path)
        print(f"{arguments.path}: {arguments.path.stat().st_size} bytes")
        return 0
    replay = Replay(count=arguments.count or None, weeks=parse_weeks(text=arguments.weeks))
    for name, value in count_baskets(replay=replay).items():
        print(f"{name:30} {value:>13,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
