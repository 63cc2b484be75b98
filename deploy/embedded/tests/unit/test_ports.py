"""Ports that are free now, and the same ones next time."""

import json
import socket
from pathlib import Path

from embedded.ports import LOOPBACK, assign_ports, free_ports, is_free


def listening(*, port: int) -> socket.socket:
    listener = socket.socket()
    listener.bind((LOOPBACK, port))
    listener.listen()
    return listener


def test_port_that_somebody_listens_on_is_not_free() -> None:
    """A port is free until somebody listens on it, and again afterwards."""
    (port,) = free_ports(count=1)
    with listening(port=port):
        assert not is_free(port=port)
    assert is_free(port=port)


def test_ports_lie_below_the_ephemeral_range() -> None:
    """No chosen port can become the source port of an outgoing connection."""
    assert all(20_000 <= port < 32_000 for port in free_ports(count=20))


def test_servers_keep_their_ports(tmp_path: Path) -> None:
    """A second assignment gives the ports of the first, also to a server that was named before others."""
    file = tmp_path / "ports.json"
    first = assign_ports(file=file, wanted={"kafka": 2, "valkey": 1})
    assert {"kafka": first["kafka"]} == assign_ports(file=file, wanted={"kafka": 2})
    assert first == assign_ports(file=file, wanted={"kafka": 2, "valkey": 1})


def test_port_that_was_taken_meanwhile_is_replaced(tmp_path: Path) -> None:
    """A server whose port is taken gets another one, and that is remembered."""
    file = tmp_path / "ports.json"
    (port,) = assign_ports(file=file, wanted={"valkey": 1})["valkey"]
    with listening(port=port):
        (other,) = assign_ports(file=file, wanted={"valkey": 1})["valkey"]
    assert port != other
    assert {"valkey": [other]} == json.loads(file.read_text())
