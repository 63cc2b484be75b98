"""What `python -m bench` can be told."""

import argparse

from bench.peers import OURS, PEERS
from bench.rounds import Plan
from bench.targets.running import TARGETS
from bench.workload import Workload


def read_arguments(*, about: str | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=about)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--orders", type=int, default=4_000, help="in the closed loop of a round; half as many warm up")
    parser.add_argument("--only", default="", help=f"these of {', '.join(PEERS)}, with commas")
    parser.add_argument("--window", type=int, default=256, help="orders in flight in the closed loop")
    parser.add_argument("--rate", type=float, default=20.0, help="orders a second in the open loop")
    parser.add_argument("--seconds", type=float, default=10.0, help="of the open loop")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--hot", action="store_true", help="one sku in every order")
    parser.add_argument("--duplicates", type=float, default=0.0, help="share of the orders that are submitted twice")
    parser.add_argument("--processes", type=int, default=1, help=f"of each service of {OURS}")
    parser.add_argument("--profile", action="store_true", help=f"where the time of {OURS} goes, instead of the table")
    parser.add_argument("--calm", action="store_true", help="the profile is one of the open loop")
    _add_targets(parser)
    return parser.parse_args()


def _add_targets(parser: argparse.ArgumentParser) -> None:
    targets = parser.add_argument_group("targets", f"one figure of {OURS} alone, instead of the table")
    targets.add_argument("--target", choices=TARGETS)
    targets.add_argument(
        "--rates", type=_numbers, default=(20.0, 0.2, 0.5), help="latency: a second, below 1 of the peak"
    )
    targets.add_argument("--scales", type=_numbers, default=(1.0, 2.0, 4.0), help="scale: processes of each service")
    targets.add_argument("--attempts", type=int, default=100_000, help="oversell: reservations that are asked for")
    targets.add_argument("--units", type=int, default=10_000, help="oversell: units that there are")
    targets.add_argument("--backlog", type=int, default=1_000_000, help="drain: rows in the journal")
    targets.add_argument("--finished", type=int, default=2_000_000, help="growth: orders in the databases")
    targets.add_argument("--minutes", type=float, default=30.0, help="memory: how long it is watched at --rate")


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(each) for each in text.split(","))


def plan_of(*, given: argparse.Namespace) -> Plan:
    """Return how much a round does."""
    workload = Workload(seed=given.seed, hot=given.hot, duplicates=given.duplicates, customers=given.customers)
    return Plan(
        orders=given.orders,
        window=given.window,
        rate=given.rate,
        seconds=given.seconds,
        calm=given.calm,
        workload=workload,
    )
