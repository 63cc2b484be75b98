"""The servers that tests use: given by address, as containers, or embedded; each starts when it is first asked for."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from embedded.choice import Choice
from embedded.stack import Stack, print_line

VARIABLES = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL", "kafka": "KAFKA_BOOTSTRAP"}


class Backend(Protocol):
    """A way to have the three servers; each address starts its server the first time."""

    def postgres_url(self) -> str:
        """Return the address of PostgreSQL for a role that may make databases and roles."""

    def redis_url(self) -> str:
        """Return the address of Valkey."""

    def kafka_bootstrap(self) -> str:
        """Return the address of Kafka."""

    def stop(self) -> None:
        """End what was started."""


class EmbeddedBackend:
    """The embedded stack in a temporary folder, without fsync."""

    def __init__(self) -> None:
        """Claim the folder; start nothing."""
        # Not pytest's own folder: `nobody`, who runs PostgreSQL under root, could not enter it.
        self._folder = Path(tempfile.mkdtemp(prefix="ordersaga-"))
        self._folder.chmod(0o711)
        self._stack = Stack(state_dir=self._folder, services=(), fsync=False, progress=print_line)

    def postgres_url(self) -> str:
        """Return the superuser's address."""
        self._stack.require("postgres")
        return self._stack.postgres_url()

    def redis_url(self) -> str:
        """Return the address of Valkey."""
        self._stack.require("valkey")
        return self._stack.redis_url

    def kafka_bootstrap(self) -> str:
        """Return the address of Kafka."""
        self._stack.require("kafka")
        return self._stack.kafka_bootstrap

    def stop(self) -> None:
        """End the servers and drop their data."""
        self._stack.stop()
        shutil.rmtree(self._folder)


class Servers:
    """The servers that the tests of one process share."""

    def __init__(self, *, choice: Choice, environ: Mapping[str, str]) -> None:
        """Start nothing."""
        self._choice = choice
        self._given = {name: environ[variable] for name, variable in VARIABLES.items() if environ.get(variable)}
        self._backend: Backend | None = None

    @property
    def postgres_url(self) -> str:
        """The address of PostgreSQL for a role that may make databases and roles."""
        return self._given.get("postgres") or self._started().postgres_url()

    @property
    def redis_url(self) -> str:
        """The address of Valkey."""
        return self._given.get("valkey") or self._started().redis_url()

    @property
    def kafka_bootstrap(self) -> str:
        """The address of Kafka."""
        return self._given.get("kafka") or self._started().kafka_bootstrap()

    def __str__(self) -> str:
        """Say in one line which servers these are."""
        given = [f"{name} by {VARIABLES[name]}" for name in self._given]
        rest = [] if len(given) == len(VARIABLES) else [str(self._choice)]
        return ", ".join(given + rest)

    def stop(self) -> None:
        """End what was started; servers given by address stay."""
        if self._backend is not None:
            self._backend.stop()
            self._backend = None

    def _started(self) -> Backend:
        if self._backend is None:
            self._backend = _backend(choice=self._choice)
        return self._backend


def _backend(*, choice: Choice) -> Backend:
    if choice.kind == "embedded":
        return EmbeddedBackend()
    from embedded.containers import ContainerBackend  # noqa: PLC0415 - testcontainers is a development package

    return ContainerBackend()
