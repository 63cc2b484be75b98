"""The house under compose, found by the `.env` that `make up` has written; it is neither started nor stopped here."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from simulators.house.addresses import SERVICES, WORLD, Addresses
from simulators.house.house import HouseError, Verdict

_PROBE_SECONDS = 5.0
_LOOPBACK = "127.0.0.1"


class ComposeHouse:
    """A house that runs already."""

    def __init__(self, *, folder: Path) -> None:
        """Take the folder of docker-compose.yml and .env."""
        self._folder = folder
        self._settings = read_environment_file(path=folder / ".env")

    @property
    def addresses(self) -> Addresses:
        """Where everything is."""
        given = self._settings
        return Addresses(
            kafka=f"{_LOOPBACK}:{given['KAFKA_PORT']}",
            urls={name: f"http://{_LOOPBACK}:{given[f'{name.upper()}_PORT']}" for name in (*SERVICES, WORLD)},
            tokens={service: given[f"{service.upper()}_API_TOKEN"] for service in SERVICES},
            channel_secret=given["PAYMENT_CHANNEL_SECRET"],
        )

    def dead(self) -> tuple[str, ...]:
        """Return none: compose restarts what ends."""
        return ()

    def audit(self) -> Verdict:
        """Run the auditor where order runs."""
        docker = shutil.which("docker")
        if docker is None:
            raise HouseError("docker is not installed here")
        done = subprocess.run(
            (docker, "compose", "exec", "--no-TTY", "order", "python", "-m", "order", "audit", "--at-rest"),
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return Verdict(words=done.stdout + done.stderr, exit_code=done.returncode)

    def __enter__(self) -> Self:
        """See that everything is ready."""
        unready = [name for name, url in self.addresses.urls.items() if not _is_ready(url)]
        if unready:
            raise HouseError(f"{', '.join(unready)} of the compose stack is not ready: run `make up` first")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave it as it is."""


def read_environment_file(*, path: Path) -> Mapping[str, str]:
    """Return the variables of a file of NAME=value lines."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError as error:
        raise HouseError(f"{path} does not exist: run `make up` first") from error
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", timeout=_PROBE_SECONDS).is_success
    except httpx.TransportError:
        return False
