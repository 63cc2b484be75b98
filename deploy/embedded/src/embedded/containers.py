"""The three servers as containers, with the images that compose runs."""

from testcontainers.community.postgres import PostgresContainer
from testcontainers.community.redis import RedisContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from embedded.choice import IMAGES
from embedded.kafka import NODE_SETTINGS
from embedded.ports import LOOPBACK, free_ports

_INSIDE = 19092


class ApacheKafkaContainer(DockerContainer):
    """One Kafka node; testcontainers' own class is bound to the scripts of another vendor's image."""

    def __init__(self, *, image: str = IMAGES["kafka"]) -> None:
        """Take a host port beforehand: the broker must advertise it."""
        super().__init__(image)
        (self._host_port,) = free_ports(count=1)
        listeners = {
            "controller.quorum.voters": "1@localhost:9093",
            "listeners": f"PLAINTEXT://:9092,CONTROLLER://:9093,HOST://:{_INSIDE}",
            "advertised.listeners": f"PLAINTEXT://localhost:9092,HOST://{LOOPBACK}:{self._host_port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,HOST:PLAINTEXT",
        }
        for key, value in (NODE_SETTINGS | listeners).items():
            self.with_env(f"KAFKA_{key.upper().replace('.', '_')}", value)
        self.with_env("KAFKA_HEAP_OPTS", "-Xmx384m")
        self.with_bind_ports(_INSIDE, self._host_port)
        self.waiting_for(LogMessageWaitStrategy("Kafka Server started"))

    @property
    def bootstrap(self) -> str:
        """The address for clients on this machine."""
        return f"{LOOPBACK}:{self._host_port}"


class ContainerBackend:
    """Containers, each started when its address is asked for."""

    def __init__(self) -> None:
        """Start nothing."""
        # Its own clean-up container would be one more image to have; `stop` below ends what was started.
        testcontainers_config.ryuk_disabled = True
        self._addresses: dict[str, str] = {}
        self._started: list[DockerContainer] = []

    def postgres_url(self) -> str:
        """Return the address of PostgreSQL for its superuser."""
        if "postgres" not in self._addresses:
            container = PostgresContainer(IMAGES["postgres"], driver=None)
            container.with_command("postgres -c fsync=off -c full_page_writes=off -c max_connections=200")
            self._start(container=container)
            self._addresses["postgres"] = container.get_connection_url()
        return self._addresses["postgres"]

    def redis_url(self) -> str:
        """Return the address of Valkey."""
        if "valkey" not in self._addresses:
            container = RedisContainer(IMAGES["valkey"])
            self._start(container=container)
            host, port = container.get_container_host_ip(), container.get_exposed_port(container.port)
            self._addresses["valkey"] = f"redis://{host}:{port}/0"
        return self._addresses["valkey"]

    def kafka_bootstrap(self) -> str:
        """Return the address of Kafka."""
        if "kafka" not in self._addresses:
            container = ApacheKafkaContainer()
            self._start(container=container)
            self._addresses["kafka"] = container.bootstrap
        return self._addresses["kafka"]

    def stop(self) -> None:
        """End the containers that were started."""
        while self._started:
            self._started.pop().stop()

    def _start(self, *, container: DockerContainer) -> None:
        self._started.append(container)
        container.start()
