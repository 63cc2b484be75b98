"""Whether tests run on containers or on the embedded stack, and why."""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

VARIABLE = "ORDERSAGA_STACK"
IMAGES = {"postgres": "postgres:18", "valkey": "valkey/valkey:8.1", "kafka": "apache/kafka:4.3.1"}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A way to have servers, with its reason."""

    kind: Literal["containers", "embedded"]
    reason: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.kind} ({self.reason})"


class UnknownStackError(ValueError):
    """The variable names no stack."""


def choose(*, environ: Mapping[str, str], docker_lacks: Callable[[], str]) -> Choice:
    """Follow the variable; without one take containers when Docker lacks nothing."""
    match environ.get(VARIABLE, "auto"):
        case "containers":
            return Choice(kind="containers", reason=f"{VARIABLE}=containers")
        case "embedded":
            return Choice(kind="embedded", reason=f"{VARIABLE}=embedded")
        case "" | "auto":
            lacking = docker_lacks()
            if lacking:
                return Choice(kind="embedded", reason=lacking)
            return Choice(kind="containers", reason="Docker answers and has the images")
        case other:
            message = f"{VARIABLE} is containers, embedded or auto, not {other!r}"
            raise UnknownStackError(message)


def docker_lacks() -> str:
    """Say what is missing for containers, or nothing when all is there."""
    try:
        import docker  # noqa: PLC0415 - a development package, absent where only the demo runs
    except ImportError:
        return "the Docker client is not installed"
    if not _engine_listens(host=os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")):
        return "no Docker engine answers"
    try:
        client = docker.from_env(timeout=5)
    except docker.errors.DockerException as error:
        return f"the Docker engine does not answer: {error}"
    try:
        present = {tag for image in client.images.list() for tag in image.tags}
    except docker.errors.DockerException as error:
        return f"Docker cannot list its images: {error}"
    finally:
        client.close()
    missing = [image for image in IMAGES.values() if image not in present]
    return f"Docker has no image {', '.join(missing)}" if missing else ""


def _engine_listens(*, host: str) -> bool:
    # Asked before the client is, which leaves its socket open when nobody listens.
    if not host.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        return connection.connect_ex(host.removeprefix("unix://")) == 0
