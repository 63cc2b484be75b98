"""One server as a child process: it starts once, ends with us, and leaves nothing behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded.startup import Startup

# Sent when a pipe breaks: the last thing we do, even when we are killed with -9, is to let go of that pipe.
_GUARD = 'read -r line; kill -s "$0" "$1"'


class ServerFailedError(RuntimeError):
    """A server did not start, or is not running."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """How to run a server and how to ask it to end."""

    argv: tuple[str, ...]
    marker: str  # a part of the command line that no other stack's server has
    stop_signal: signal.Signals = signal.SIGTERM
    user: str | None = None
    group: int | None = None
    environment: Mapping[str, str] | None = None  # none given: ours


class ServerProcess:
    """A running server, its pid file and its log."""

    def __init__(self, *, name: str, state_dir: Path) -> None:
        """Name the files; start nothing."""
        self.name = name
        self.log = state_dir / f"{name}.log"
        self._pid_file = state_dir / f"{name}.pid"
        self._server: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._stop_signal = signal.SIGTERM

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._server is not None and self._server.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if self._server is None:
            message = f"{self.name} has not been started"
            raise ServerFailedError(message)
        return self._server.pid

    def end_leftover(self, *, marker: str, stop_signal: signal.Signals) -> None:
        """Stop the server of an earlier run on this state folder, whose launcher was killed."""
        pid = int(self._pid_file.read_text()) if self._pid_file.exists() else 0
        if pid and marker in command_line(pid=pid):
            os.kill(pid, stop_signal)
            if not _gone(pid=pid, marker=marker, within=15.0):
                os.kill(pid, signal.SIGKILL)
                _gone(pid=pid, marker=marker, within=5.0)
        self._pid_file.unlink(missing_ok=True)

    def spawn(self, *, command: Command) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches only us and we end it in order."""
        self._stop_signal = command.stop_signal
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                command.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=command.environment,
                user=command.user,
                group=command.group,
                extra_groups=None if command.user is None else [],
            )
        self._pid_file.write_text(f"{self._server.pid}\n")
        self._guard = subprocess.Popen(
            ("/bin/sh", "-c", _GUARD, command.stop_signal.name.removeprefix("SIG"), str(self._server.pid)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait_ready(self, *, probe: Callable[[], bool], within: float, startup: Startup) -> None:
        """Return when the probe is true; raise with the end of the log when the process ends first or time is up."""
        deadline = time.monotonic() + within
        while not probe():
            startup.check()
            if not self.alive:
                raise ServerFailedError(self._last_words(what="ended while starting"))
            if time.monotonic() > deadline:
                raise ServerFailedError(self._last_words(what=f"was not ready after {within:g} s"))
            time.sleep(0.02)

    def stop(self, *, within: float) -> bool:
        """Ask the server to end and say whether it did; kill it when it has not ended in time."""
        self._release_guard()
        in_order = self._server is not None and self.alive
        if self._server is not None and in_order:
            self._server.send_signal(self._stop_signal)
            try:
                self._server.wait(timeout=within)
            except subprocess.TimeoutExpired:
                in_order = False
                self._server.kill()
                self._server.wait()
        self._pid_file.unlink(missing_ok=True)
        return in_order

    def kill(self) -> None:
        """End the process with signal 9."""
        self._release_guard()
        if self._server is not None and self.alive:
            self._server.kill()
            self._server.wait()

    def _release_guard(self) -> None:
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()
            self._guard = None

    def _last_words(self, *, what: str) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-15:]
        return "\n".join((f"{self.name} {what}; its log {self.log} ends with:", *lines))


def command_line(*, pid: int) -> str:
    """Return the command line of a process, empty when there is none."""
    proc = Path(f"/proc/{pid}/cmdline")
    if proc.parent.parent.joinpath("self").exists():
        try:
            return proc.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    listing = subprocess.run(("/bin/ps", "-o", "command=", "-p", str(pid)), capture_output=True, text=True, check=False)
    return listing.stdout.strip()


def _gone(*, pid: int, marker: str, within: float) -> bool:
    deadline = time.monotonic() + within
    while marker in command_line(pid=pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
