"""`python -m embedded`: the stack by hand."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from embedded.claim import StateInUseError
from embedded.jars import JarMismatchError
from embedded.process import ServerFailedError
from embedded.stack import SERVERS, Stack, start


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m embedded", description="PostgreSQL, Valkey and Kafka, no Docker.")
    commands = parser.add_subparsers(dest="command")
    up = commands.add_parser("up", help="start the servers, print their addresses, and run until Ctrl-C")
    up.add_argument("--state", type=Path, required=True, help="folder of all data and logs")
    up.add_argument("--only", nargs="+", choices=tuple(SERVERS), default=tuple(SERVERS), help="some of the servers")
    up.add_argument("--no-fsync", action="store_true", help="faster; a power cut may lose data")
    given = parser.parse_args()
    if given.command is None:
        parser.print_help()
        return 0
    return _up(state=given.state, servers=tuple(given.only), fsync=not given.no_fsync)


def _up(*, state: Path, servers: tuple[str, ...], fsync: bool) -> int:
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        with start(state_dir=state, servers=servers, fsync=fsync) as stack:
            _print_addresses(stack=stack)
            threading.Event().wait()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    except (StateInUseError, ServerFailedError, JarMismatchError, OSError) as error:
        print(f"embedded: {error}", file=sys.stderr)
        return 1
    return 0


def _print_addresses(*, stack: Stack) -> None:
    for name, address in stack.addresses().items():
        print(f"{name:10}{address}")
    print(f"{'state':10}{stack.state_dir}\nCtrl-C stops all.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
