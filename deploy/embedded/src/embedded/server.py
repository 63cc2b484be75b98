"""What the three servers have in common."""

import socket
import struct
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from embedded.ports import LOOPBACK
from embedded.process import Command, ServerProcess
from embedded.startup import Startup


class Server(ABC):
    """A server on loopback ports, with its data under one state folder."""

    name: ClassVar[str]
    port_count: ClassVar[int] = 1
    ready_within: ClassVar[float] = 240.0  # on a busy machine; one that ends is seen at once
    stop_within: ClassVar[float] = 30.0

    def __init__(self, *, state_dir: Path, ports: tuple[int, ...], fsync: bool) -> None:
        """Take the folder and the ports; start nothing."""
        self.state_dir = state_dir
        self.ports = ports
        self.fsync = fsync
        self.process = ServerProcess(name=self.name, state_dir=state_dir)

    @property
    def port(self) -> int:
        """The port that clients dial."""
        return self.ports[0]

    @property
    def address(self) -> str:
        """Host and port for clients."""
        return f"{LOOPBACK}:{self.port}"

    @abstractmethod
    def prepare(self, *, startup: Startup) -> Command:
        """Fetch programs and make the data folder where missing, and return the command that serves."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Say whether the server answers clients."""

    def start(self, *, startup: Startup) -> None:
        """Bring the server up, from whatever state an earlier run left it in."""
        begun = time.monotonic()
        command = self.prepare(startup=startup)
        self.process.end_leftover(marker=command.marker, stop_signal=command.stop_signal)
        startup.check()
        self.process.spawn(command=command)
        self.process.wait_ready(probe=self.is_ready, within=self.ready_within, startup=startup)
        startup.say(f"{self.name}: ready on {self.address} after {time.monotonic() - begun:.1f} s")

    def stop(self) -> bool:
        """End the server, and say whether it ended in order."""
        return self.process.stop(within=self.stop_within)

    def kill(self) -> None:
        """End the server with signal 9; its data stay."""
        self.process.kill()


def exchange(*, port: int, request: bytes, size: int) -> bytes:
    """Send the bytes to a loopback port and return the answer's first ones; nothing when nobody answers."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0) as connection:
            connection.sendall(request)
            return connection.recv(size)
    except OSError:
        return b""


def api_versions_request() -> bytes:
    """Return Kafka's handshake: ApiVersions (key 18) version 0, correlation id 1, no client id."""
    return struct.pack(">ihhih", 10, 18, 0, 1, -1)
