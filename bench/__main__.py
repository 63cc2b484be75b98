"""`python -m bench`: every peer carries the same orders, round after round, and one table says what it took."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import replace

from rich.console import Console

from bench.peer import Peer
from bench.peers import OURS, PEERS, make_peer
from bench.profiling import SAMPLES, print_profile
from bench.rounds import Measured, Plan, run_round
from bench.table import last_line, print_table
from bench.workload import Workload


def main() -> int:
    """Run the benchmark; the exit code is 1 when a peer has lost anything."""
    given = _arguments()
    workload = Workload(seed=given.seed, hot=given.hot, duplicates=given.duplicates, customers=given.customers)
    plan = Plan(
        orders=given.orders,
        window=given.window,
        rate=given.rate,
        seconds=given.seconds,
        calm=given.calm,
        workload=workload,
    )
    if given.profile:
        SAMPLES.mkdir(parents=True, exist_ok=True)
        asyncio.run(print_profile(plan=plan, say=_say))
        return 0
    only = given.only.split(",") if given.only else list(PEERS)
    rounds = asyncio.run(_rounds(_present(only), plan, given.rounds, given.processes))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(_machine(plan), highlight=False, soft_wrap=True)
    print_table(rounds=rounds, console=console)
    wrong = [f"{name}: {words}" for name, all_ in rounds.items() for each in all_ for words in each.wrong]
    for words in wrong:
        print(f"wrong: {words}")
    print(last_line(rounds=rounds))
    return int(bool(wrong))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
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
    return parser.parse_args()


def _present(names: Iterable[str]) -> list[str]:
    found = []
    for name in names:
        peer = make_peer(name=name)
        if isinstance(peer, str):
            _say(f"{name}: skipped, {peer}")
        else:
            found.append(name)
    return found


async def _rounds(names: Iterable[str], plan: Plan, count: int, processes: int) -> dict[str, list[Measured]]:
    rounds: dict[str, list[Measured]] = {name: [] for name in names}
    for number in range(1, count + 1):
        for name, measured in rounds.items():
            _say(f"round {number} of {count}")
            less = replace(plan, orders=max(100, int(plan.orders * PEERS[name].share)))
            measured.append(await run_round(peer=_made(name, processes), plan=less, say=_say))
    return rounds


def _made(name: str, processes: int) -> Peer:
    peer = make_peer(name=name, processes=processes)
    if isinstance(peer, str):
        raise TypeError(peer)
    return peer


def _machine(plan: Plan) -> str:
    workload = plan.workload
    kind = "one sku in every order" if workload.hot else f"{workload.skus:,} skus"
    return (
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; {plan.orders:,} orders a round after "
        f"{plan.orders // 2:,} to warm up, {plan.window} in flight; {kind}, {workload.customers:,} customers, "
        f"{workload.duplicates:.0%} submitted twice; open loop {plan.rate:g}/s for {plan.seconds:g} s"
    )


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
