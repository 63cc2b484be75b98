"""`python -m embedded`: the stack by hand."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from embedded.claim import StateInUseError
from embedded.dotenv import write_secrets
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
    secrets = commands.add_parser("secrets", help="write a settings file with every empty value drawn at random")
    secrets.add_argument("--like", type=Path, required=True, help="the example to follow")
    secrets.add_argument("--to", type=Path, required=True, help="the file to write; an existing one is left alone")
    given = parser.parse_args()
    if given.command is None:
        parser.print_help()
        return 0
    if given.command == "secrets":
        return _secrets(like=given.like, to=given.to)
    return _up(state=given.state, servers=tuple(given.only), fsync=not given.no_fsync)


def _up(*, state: Path, servers: tuple[str, ...], fsync: bool) -> int:
    # Ctrl-C and SIGTERM end everything alike, also in the background, where a shell has SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
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


def _secrets(*, like: Path, to: Path) -> int:
    try:
        write_secrets(like=like, to=to)
    except OSError as error:
        print(f"embedded: {error}", file=sys.stderr)
        return 1
    print(f"wrote {to}")
    return 0


def _print_addresses(*, stack: Stack) -> None:
    for name, address in stack.addresses().items():
        print(f"{name:10}{address}")
    print(f"{'state':10}{stack.state_dir}\nCtrl-C stops all.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
