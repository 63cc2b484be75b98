"""The world outside: `python -m simulators demo | dev | serve`."""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from aiokafka.errors import KafkaError
from pydantic import ValidationError

from simulators.baskets.read import NoBasketsError, parse_weeks


def main() -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="replay real baskets through the whole house and prove the result")
    demo.add_argument("--baskets", type=int, default=500, help="the first so many (default 500)")
    demo.add_argument("--seed", type=int, default=1, help="chooses which orders go wrong (default 1)")
    demo.add_argument("--weeks", default="", help="only baskets of these weeks, such as 5-8")
    demo.add_argument("--stack", choices=("embedded", "compose"), default="embedded")
    demo.add_argument("--state", type=Path, help="keep data and logs in this folder")
    dev = commands.add_parser("dev", help="keep the house up for work by hand")
    dev.add_argument("--state", type=Path, default=Path(".cache/dev"), help="folder of data and logs")
    commands.add_parser("serve", help="payment provider, warehouses and carriers in one process")
    # Ctrl-C and SIGTERM end everything alike, also in the background, where a shell has SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        return _run(parser.parse_args())
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except NoBasketsError as error:
        print(f"simulators: {error}", file=sys.stderr)
        return 2


def _run(given: argparse.Namespace) -> int:
    match given.command:
        case "demo":
            return _demo(given)
        case "dev":
            from simulators.demo.dev import keep_up  # noqa: PLC0415 - needs the embedded stack, which an image lacks

            return keep_up(state=given.state)
        case _:
            return _serve()


def _demo(given: argparse.Namespace) -> int:
    from simulators.demo.options import Options  # noqa: PLC0415 - needs the embedded stack, which an image lacks
    from simulators.demo.run import run_demo  # noqa: PLC0415 - needs the embedded stack, which an image lacks

    return run_demo(
        options=Options(
            baskets=given.baskets,
            seed=given.seed,
            weeks=parse_weeks(text=given.weeks),
            stack=given.stack,
            state=given.state,
        )
    )


def _serve() -> int:
    from simulators.settings import WorldSettings  # noqa: PLC0415 - the other commands need no settings
    from simulators.world.serving import serve  # noqa: PLC0415 - the other commands need no servers

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("httpx", "aiokafka"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        settings = WorldSettings()
    except ValidationError as error:
        for each in error.errors():
            print(f"SIMULATORS_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}", file=sys.stderr)
        return 2
    # uvicorn raises again what it has caught; the rest of the world ends in order before that counts.
    signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        asyncio.run(serve(settings=settings))
    except KafkaError as error:
        print(f"simulators: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
