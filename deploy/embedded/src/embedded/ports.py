"""Loopback ports that are free now and stay ours over a restart."""

import json
import random
import socket
from collections.abc import Mapping
from pathlib import Path

LOOPBACK = "127.0.0.1"

# Below the ephemeral ranges of Linux (32768) and macOS (49152): a client that keeps dialling the port of a killed
# server could otherwise be given that very port as its own source port, and connect to itself.
_LOWEST, _HIGHEST = 20_000, 32_000


def is_free(*, port: int) -> bool:
    """Say whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(*, count: int, preferred: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Return the preferred ports when all of them are free, else as many others that are."""
    if len(preferred) == count and all(is_free(port=port) for port in preferred):
        return preferred
    candidates = random.SystemRandom().sample(range(_LOWEST, _HIGHEST), k=_HIGHEST - _LOWEST)
    found: list[int] = []
    for port in candidates:
        if is_free(port=port):
            found.append(port)
        if len(found) == count:
            return tuple(found)
    message = f"no {count} free ports between {_LOWEST} and {_HIGHEST}"
    raise OSError(message)


def assign_ports(*, file: Path, wanted: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Give each named server its ports of last time where they are still free, and remember the answer in the file."""
    known = json.loads(file.read_text()) if file.exists() else {}
    assigned: dict[str, tuple[int, ...]] = {}
    for name, count in wanted.items():
        taken = {port for ports in assigned.values() for port in ports}
        ports = free_ports(count=count, preferred=tuple(known.get(name, ())))
        while taken.intersection(ports):
            ports = free_ports(count=count)
        assigned[name] = ports
    file.write_text(json.dumps({**known, **assigned}, indent=2) + "\n")
    return assigned
