"""The whole stack: start side by side, addresses, stop, and the blows that chaos tests deal."""

import asyncio
import atexit
import os
import signal
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded.claim import claim
from embedded.databases import SERVICES, Grants, provision
from embedded.kafka import Kafka
from embedded.ports import assign_ports
from embedded.postgres import SUPERUSER, Postgres
from embedded.server import Server
from embedded.startup import Startup
from embedded.valkey import Valkey

SERVERS: dict[str, type[Server]] = {server.name: server for server in (Postgres, Valkey, Kafka)}


def print_line(line: str) -> None:
    """Print a line of progress where it does not mix with output."""
    print(line, file=sys.stderr, flush=True)


def start(
    *,
    state_dir: Path,
    servers: Iterable[str] = tuple(SERVERS),
    services: Iterable[str] = SERVICES,
    fsync: bool = True,
    progress: Callable[[str], None] = print_line,
) -> "Stack":
    """Start the servers on the state folder and make the services' databases; return when all answer."""
    stack = Stack(state_dir=state_dir, services=services, fsync=fsync, progress=progress)
    try:
        stack.require(*servers)
    except BaseException:
        stack.stop()
        raise
    return stack


class Stack:
    """Running servers. Stopped by `stop`, by leaving a `with` block, or with the process, however that ends."""

    def __init__(
        self, *, state_dir: Path, services: Iterable[str], fsync: bool, progress: Callable[[str], None]
    ) -> None:
        """Claim the state folder; start nothing."""
        self.state_dir = state_dir.absolute()
        self._claim = claim(state_dir=self.state_dir)
        self._services = tuple(services)
        self._fsync = fsync
        self._progress = progress
        self._startup = Startup(say=progress)
        self._running: dict[str, Server] = {}
        atexit.register(self.stop)

    def require(self, *names: str) -> None:
        """Start those of the named servers that have not been started, side by side."""
        wanted = {name: SERVERS[name].port_count for name in names if name not in self._running}
        ports = assign_ports(file=self.state_dir / "ports.json", wanted=wanted)
        new = {name: SERVERS[name](state_dir=self.state_dir, ports=ports[name], fsync=self._fsync) for name in wanted}
        self._startup = Startup(say=self._progress)
        self._running.update(new)
        try:
            self._start_all(servers=tuple(new.values()))
        except BaseException:
            for name, server in new.items():
                server.stop()
                del self._running[name]
            raise

    @property
    def redis_url(self) -> str:
        """The address of Valkey."""
        return f"redis://{self._server(name='valkey').address}/0"

    @property
    def kafka_bootstrap(self) -> str:
        """The address of Kafka."""
        return self._server(name="kafka").address

    def postgres_url(self, *, database: str = "postgres", role: str = SUPERUSER) -> str:
        """Return the address of a database, for the superuser or another role."""
        server = self._server(name="postgres")
        assert isinstance(server, Postgres)  # noqa: S101 - a fact for the type checker, by the table above
        return server.url(database=database, role=role)

    def environment(self, *, service: str, migrating: bool = False) -> dict[str, str]:
        """Return the settings of a service that say where its servers are, for its runner or for its owner."""
        grants = Grants.of_service(service=service)
        role = grants.owner if migrating else grants.runner
        return {
            f"{service.upper()}_DATABASE_URL": self.postgres_url(database=grants.database, role=role),
            f"{service.upper()}_KAFKA_BOOTSTRAP": self.kafka_bootstrap,
            f"{service.upper()}_REDIS_URL": self.redis_url,
        }

    def addresses(self) -> dict[str, str]:
        """Return where each running server is."""
        known: dict[str, Callable[[], str]] = {
            "postgres": self.postgres_url,
            "valkey": lambda: self.redis_url,
            "kafka": lambda: self.kafka_bootstrap,
        }
        return {name: known[name]() for name in self._running}

    def is_alive(self, *, name: str) -> bool:
        """Say whether the server's process runs."""
        return self._server(name=name).process.alive

    def kill(self, *, name: str) -> None:
        """End a server with signal 9; its port and data stay reserved for `restart`."""
        self._server(name=name).kill()

    def strike(self, *, name: str, number: signal.Signals) -> None:
        """Send a signal to a server; what it does about it is the server's affair."""
        os.kill(self._server(name=name).process.pid, number)

    def restart(self, *, name: str) -> None:
        """Stop a server where it still runs and start it on the same port with the same data."""
        server = self._server(name=name)
        server.stop()
        server.start(startup=self._startup)

    def stop(self) -> None:
        """End all servers in order, side by side, and give the state folder back."""
        atexit.unregister(self.stop)
        self._startup.abandoned.set()
        with ThreadPoolExecutor(max_workers=len(SERVERS), thread_name_prefix="stop") as pool:
            list(pool.map(lambda server: server.stop(), self._running.values()))
        self._running.clear()
        self._claim.close()

    def __enter__(self) -> Self:
        """Give the running stack."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    async def __aenter__(self) -> Self:
        """Give the running stack."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop without holding up the event loop."""
        await asyncio.to_thread(self.stop)

    def _server(self, *, name: str) -> Server:
        return self._running[name]

    def _start_all(self, *, servers: tuple[Server, ...]) -> None:
        with ThreadPoolExecutor(max_workers=len(SERVERS), thread_name_prefix="start") as pool:
            try:
                list(pool.map(self._start, servers))
            except BaseException:
                self._startup.abandoned.set()
                raise

    def _start(self, server: Server) -> None:
        server.start(startup=self._startup)
        if isinstance(server, Postgres) and self._services:
            grants = tuple(Grants.of_service(service=service) for service in self._services)
            provision(url=server.url(database=SUPERUSER, role=SUPERUSER), grants=grants, passwords=server.passwords)
