"""`python -m bench`: every peer carries the same orders, round after round, and one table says what it took."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import replace

from rich.console import Console

from bench.options import plan_of, read_arguments
from bench.peer import Peer
from bench.peers import PEERS, make_peer
from bench.profiling import SAMPLES, print_profile
from bench.rounds import Measured, Plan, run_round
from bench.table import last_line, print_table
from bench.targets.running import TARGETS
from bench.targets.slices import Session


def main() -> int:
    """Run the benchmark; the exit code is 1 when a peer has lost anything."""
    given = read_arguments(about=__doc__)
    plan = plan_of(given=given)
    console = Console(width=None if sys.stdout.isatty() else 160)
    if given.target:
        console.print(_machine(plan), highlight=False, soft_wrap=True)
        session = Session(plan=plan, rounds=given.rounds, say=_say, console=console)
        wrong = asyncio.run(_target(given, session))
        code = _exit_code(wrong)
        print(f"bench: target={given.target} wrong={len(wrong)}")
        return code
    if given.profile:
        SAMPLES.mkdir(parents=True, exist_ok=True)
        asyncio.run(print_profile(plan=plan, say=_say))
        return 0
    only = given.only.split(",") if given.only else list(PEERS)
    rounds = asyncio.run(_rounds(_present(only), plan, given.rounds, given.processes))
    console.print(_machine(plan), highlight=False, soft_wrap=True)
    print_table(rounds=rounds, console=console)
    wrong = [f"{name}: {words}" for name, all_ in rounds.items() for each in all_ for words in each.wrong]
    code = _exit_code(wrong)
    print(last_line(rounds=rounds))
    return code


async def _target(given: argparse.Namespace, session: Session) -> list[str]:
    return await TARGETS[given.target](session, given)


def _exit_code(wrong: Iterable[str]) -> int:
    """Print what is wrong, and return the code that says whether anything is."""
    lines = [f"wrong: {words}" for words in wrong]
    for line in lines:
        print(line)
    return int(bool(lines))


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
