"""``python -m chaos``: real processes on real servers, orders at a steady rate, and everything that can go wrong."""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random

from chaos.disk import small_disk
from chaos.house import ChaosHouse
from chaos.playing import Options, Result, play
from chaos.points import BY_NAME
from chaos.scenarios import LONG, NAMES, SHORT
from simulators.demo.failures import FAILURES

REPEATS = 3
SHORT_RATE, LONG_RATE = 3.0, 5.0
SHORT_LOT, LONG_LOT = 300, 2000
SHORT_TOGETHER, LONG_TOGETHER = 5, 1
SHORT_QUIET, LONG_QUIET = 2.0, 3.0
SHORT_POINTS = 12


def main() -> int:
    """Run what the arguments say; 1 when anything was lost, violated, or too little succeeded."""
    # SIGTERM ends everything in order, as Ctrl-C does, also in the background, where a shell has SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    # The customers' own clients say hundreds of times that a broker is away, and wedge when they are stopped then.
    for name in ("aiokafka", "asyncio", "simulators"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    options = _options(_arguments().parse_args())
    folder = options.state or Path(tempfile.mkdtemp(prefix="ordersaga-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    # PostgreSQL runs as another user when we are root, and has to enter.
    folder.chmod(0o711)
    keep = True
    try:
        with small_disk(under=folder) as why_no_disk, _house(options, folder) as house:
            result = asyncio.run(play(options=options, house=house, folder=folder, why_no_disk=why_no_disk))
        keep = result.failed or options.state is not None
    except (*FAILURES, AssertionError) as error:
        print(f"chaos: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    finally:
        if keep:
            print(f"data and logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(_last_line(result))
    return int(result.failed)


def _last_line(result: Result) -> str:
    return (
        f"chaos: {result.scenarios} scenarios, {result.faults:,} faults, {result.orders:,} orders, "
        f"{result.lost} lost, {result.violations} violations, {result.complaints} complaints, {result.seconds:.0f} s"
    )


def _house(options: Options, folder: Path) -> ChaosHouse:
    return ChaosHouse(state_dir=folder, seed=options.seed, say=lambda line: print(f"  {line}", flush=True))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--long", action="store_true", help="everything in full; else the short form")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, help="some of the scenarios")
    parser.add_argument("--seconds", nargs="+", default=[], metavar="NAME=N", help="how long a scenario lasts")
    parser.add_argument("--outage", nargs="+", default=[], metavar="NAME=N", help="how long a server stays away")
    parser.add_argument("--repeats", type=int, help="kills of each service at each point (long form: 3)")
    parser.add_argument(
        "--points",
        nargs="+",
        choices=BY_NAME,
        metavar="NAME",
        help=f"some of the points (all; in the short form {SHORT_POINTS} of them, drawn)",
    )
    parser.add_argument("--rate", type=float, help=f"orders a second ({SHORT_RATE:g}, in the long form {LONG_RATE:g})")
    parser.add_argument("--lot", type=int, help=f"orders whose goods are published together ({SHORT_LOT}; {LONG_LOT})")
    parser.add_argument(
        "--quiet",
        type=float,
        help=f"seconds without a fault before and after each scenario ({SHORT_QUIET:g}; {LONG_QUIET:g})",
    )
    parser.add_argument(
        "--together", type=int, help=f"scenarios in one judgement ({SHORT_TOGETHER}, in the long form {LONG_TOGETHER})"
    )
    parser.add_argument("--seed", type=int, default=1, help="what is drawn: orders, victims, moments")
    parser.add_argument("--state", type=Path, help="keep data and logs in this folder")
    return parser


def _options(given: argparse.Namespace) -> Options:
    lengths = dict(LONG if given.long else SHORT)
    for text in given.seconds:
        name, value = _named(text)
        lengths[name] = replace(lengths[name], seconds=value)
    for text in given.outage:
        name, value = _named(text)
        lengths[name] = replace(lengths[name], outage=value)
    return Options(
        lengths=lengths,
        only=tuple(given.only),
        repeats=given.repeats or (REPEATS if given.long else 1),
        points=tuple(BY_NAME[name] for name in given.points or _points(given)),
        rate=given.rate or (LONG_RATE if given.long else SHORT_RATE),
        lot=given.lot or (LONG_LOT if given.long else SHORT_LOT),
        quiet=given.quiet or (LONG_QUIET if given.long else SHORT_QUIET),
        together=given.together or (LONG_TOGETHER if given.long else SHORT_TOGETHER),
        seed=given.seed,
        state=given.state,
    )


def _points(given: argparse.Namespace) -> list[str]:
    """All points, in the short form some that the seed draws."""
    names = list(BY_NAME)
    return names if given.long else Random(given.seed).sample(names, SHORT_POINTS)


def _named(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    if name not in NAMES:
        raise SystemExit(f"chaos: {name} is none of {', '.join(NAMES)}")
    return name, float(value)


if __name__ == "__main__":
    sys.exit(main())
