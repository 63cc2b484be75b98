"""The processes of a peer: servers that the project embeds, and programs of its own, all ended with it."""

import os
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from embedded.ports import LOOPBACK, free_ports
from embedded.process import Command, ServerProcess
from embedded.stack import Stack
from embedded.stack import start as start_stack
from embedded.startup import Startup

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv-bench"
OURS, THEIRS = Path(sys.executable), ENVIRONMENT / "bin" / "python"

_READY_SECONDS = 60.0
_STOP_SECONDS = 20.0


class Programs:
    """What runs for a peer, by the names of the table."""

    def __init__(self, *, folder: Path, servers: Iterable[str]) -> None:
        """Start the servers."""
        self.folder = folder
        self._servers = tuple(servers)
        self.stack: Stack = start_stack(
            state_dir=folder, servers=self._servers, services=(), fsync=True, progress=_ignore
        )
        self._programs: dict[str, ServerProcess] = {}

    def run(
        self,
        *,
        name: str,
        argv: Iterable[str],
        environment: Mapping[str, str] | None = None,
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        """Start a program and wait until it is ready."""
        program = self._programs[name] = ServerProcess(name=name, state_dir=self.folder)
        given = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
        program.spawn(command=Command(argv=tuple(argv), marker=str(self.folder), environment=given))
        program.wait_ready(probe=ready, within=_READY_SECONDS, startup=Startup(say=_ignore))

    def pids(self) -> Mapping[str, int]:
        """Return the root of each process tree."""
        servers = {name: int((self.folder / f"{name}.pid").read_text()) for name in self._servers}
        return servers | {name: program.pid for name, program in self._programs.items()}

    def stop(self) -> None:
        """End the programs, the last that was started first, and then the servers."""
        for program in reversed(self._programs.values()):
            program.stop(within=_STOP_SECONDS)
        self.stack.stop()


def free_port() -> int:
    """Return a port that nobody listens on."""
    (port,) = free_ports(count=1)
    return port


def listens(*, port: int) -> bool:
    """Say whether somebody listens on a port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0):
            return True
    except OSError:
        return False


def missing_environment() -> str | None:
    """Return why programs of the peers' own environment cannot run, or nothing when they can."""
    if not THEIRS.exists():
        return f"{ENVIRONMENT.name} is not there (make {ENVIRONMENT.name}/.ready)"
    return None


def _ignore(_line: str) -> None:
    """Say nothing: the bench says what matters."""
