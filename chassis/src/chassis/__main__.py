"""What is done once for all services: `python -m chassis topics` creates the topics of the contracts."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from chassis.broker import BrokerUnavailable
from chassis.kafka.provision import provision
from chassis.kafka.topics import WrongTopics
from contracts.topics import TOPICS

BOOTSTRAP = "KAFKA_BOOTSTRAP"


def main() -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m chassis", description=__doc__)
    topics = parser.add_subparsers(dest="command", required=True).add_parser("topics", help="create what is missing")
    given_by = os.environ.get(BOOTSTRAP)
    topics.add_argument(
        "--bootstrap", default=given_by, required=not given_by, help=f"host:port of a broker; else {BOOTSTRAP} says it"
    )
    topics.add_argument("--replicas", type=int, default=1)
    given = parser.parse_args()
    try:
        created = asyncio.run(provision(bootstrap=given.bootstrap, topics=TOPICS, replicas=given.replicas))
    except (BrokerUnavailable, WrongTopics) as error:
        print(f"topics: {error}", file=sys.stderr)
        return 1
    print(f"topics: {len(TOPICS)} in place, {len(created)} new")
    return 0


if __name__ == "__main__":
    sys.exit(main())
