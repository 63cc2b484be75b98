"""The house on the embedded stack: servers, topics, databases, five services and the world, all under one folder.

Every process is in a session of its own with a guard, so that Ctrl-C reaches only us, and nothing outlives us.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from embedded.folders import cache_folder
from embedded.ports import LOOPBACK, assign_ports
from embedded.process import Command, ServerProcess
from embedded.stack import Stack
from embedded.stack import start as start_stack
from embedded.startup import Startup
from simulators.house.addresses import SERVICES, WORLD, Addresses
from simulators.house.house import HouseError, Premises, Verdict

READY_WITHIN = 240.0
STOP_WITHIN = 30.0
PROBE_SECONDS = 2.0


class EmbeddedHouse:
    """A running house. Leave the `with` block and all of it ends."""

    def __init__(
        self,
        *,
        state_dir: Path,
        environment: Mapping[str, str],
        processes: int = 1,
        fsync: bool = True,
        say: Callable[[str], None] = print,
        premises: Callable[[], Premises] | None = None,
    ) -> None:
        """Take the folder, and what services and world are told beyond their addresses; start nothing.

        Without premises of its own the house stands on the embedded stack.
        """
        self.state_dir = state_dir
        self._given = environment
        self._processes = processes
        self._fsync = fsync
        self._say = say
        self._premises = premises or self._embedded
        self._startup = Startup(say=say)
        self._stack: Premises | None = None
        self._running: dict[str, ServerProcess] = {}
        self._ports: dict[str, int] = {}
        self._tokens = {service: secrets.token_urlsafe(24) for service in SERVICES}
        self._secret = secrets.token_urlsafe(24)

    def start(self) -> None:
        """Bring everything up; return when all of it is ready."""
        self._stack = self._premises()
        names = [*self._names(), WORLD]
        assigned = assign_ports(file=self.state_dir / "ports.json", wanted=dict.fromkeys(names, 1))
        self._ports = {name: ports[0] for name, ports in assigned.items()}
        _run("topics", ("-m", "chassis", "topics", "--bootstrap", self._stack.kafka_bootstrap), _surroundings())
        self._side_by_side(self._migrate, SERVICES)
        self._say("databases: migrated")
        self._side_by_side(self.launch, names)
        self._say(f"services: {', '.join(SERVICES)} are ready")

    def stop(self) -> None:
        """End the processes in order, then the servers."""
        self._startup.abandoned.set()
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(lambda process: process.stop(within=STOP_WITHIN), list(self._running.values())))
        self._running.clear()
        if self._stack is not None:
            self._stack.stop()
            self._stack = None

    def launch(self, name: str) -> None:
        """Start one process, `order` or `order-2` or `simulators`, and wait until it is ready."""
        self.spawn(name)
        ready = partial(self.is_ready, name=name)
        self._running[name].wait_ready(probe=ready, within=READY_WITHIN, startup=self._startup)

    def spawn(self, name: str, *, via: tuple[str, ...] = (), told: Mapping[str, str] | None = None) -> None:
        """Start one process and go on; `via` is the module that runs it, `told` what it alone is told."""
        if name in self._running:
            self._running[name].kill()
        self._running[name] = process = ServerProcess(name=name, state_dir=self.state_dir)
        argv = (sys.executable, "-m", *via, name.partition("-")[0], "serve")
        environment = {**self.environment(name=name), **(told or {})}
        process.spawn(command=Command(argv=argv, marker=" ".join(argv[1:]), environment=environment))

    def kill(self, name: str) -> None:
        """End one process with signal 9."""
        self._running[name].kill()

    def process(self, name: str) -> ServerProcess:
        """Return a process that was started."""
        return self._running[name]

    def dead(self) -> tuple[str, ...]:
        """Return the processes that have ended by themselves or were killed."""
        return tuple(name for name, process in self._running.items() if not process.alive)

    def is_ready(self, *, name: str) -> bool:
        """Say whether a process is ready."""
        try:
            return httpx.get(f"{self._url(name)}/health/ready", timeout=PROBE_SECONDS).is_success
        except httpx.TransportError:
            return False

    @property
    def addresses(self) -> Addresses:
        """Where everything is."""
        return Addresses(
            kafka=self._servers.kafka_bootstrap,
            urls={name: self._url(name) for name in self._ports},
            tokens=self._tokens,
            channel_secret=self._secret,
        )

    @property
    def servers(self) -> Stack:
        """The embedded servers that the house stands on."""
        stack = self._servers
        if not isinstance(stack, Stack):
            raise HouseError("the house stands on servers that are not its own")
        return stack

    def environment(self, *, name: str, migrating: bool = False) -> dict[str, str]:
        """Return the environment of a process."""
        module = name.partition("-")[0]
        own = self._of_world() if module == WORLD else self._of_service(module, migrating)
        return {**_surroundings(), **self._given, **own, f"{module.upper()}_HTTP_PORT": str(self._ports[name])}

    def audit(self) -> Verdict:
        """Run the auditor beside the house."""
        done = subprocess.run(
            (sys.executable, "-m", "order", "audit", "--at-rest"),
            env=self.environment(name="order"),
            capture_output=True,
            text=True,
            check=False,
        )
        return Verdict(words=done.stdout + done.stderr, exit_code=done.returncode)

    def __enter__(self) -> Self:
        """Start."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def _embedded(self) -> Premises:
        return start_stack(state_dir=self.state_dir, fsync=self._fsync, progress=self._say)

    @property
    def _servers(self) -> Premises:
        if self._stack is None:
            raise HouseError("the house has not been started")
        return self._stack

    def _side_by_side(self, work: Callable[[str], None], names: Sequence[str]) -> None:
        with ThreadPoolExecutor(max_workers=len(names)) as pool:
            try:
                list(pool.map(work, names))
            except BaseException:
                # The pool waits for the others, which look at this.
                self._startup.abandoned.set()
                raise

    def _of_world(self) -> dict[str, str]:
        return {
            "SIMULATORS_KAFKA_BOOTSTRAP": self._servers.kafka_bootstrap,
            "SIMULATORS_CHANNEL_SECRET": self._secret,
            "SIMULATORS_STATE_DIR": str(self.state_dir / WORLD),
            "SIMULATORS_PUBLIC_URL": self._url(WORLD),
        }

    def _of_service(self, service: str, migrating: bool) -> dict[str, str]:  # noqa: FBT001 - private, one meaning
        own = self._servers.environment(service=service, migrating=migrating)
        own[f"{service.upper()}_API_TOKEN"] = self._tokens[service]
        match service:
            case "order":
                peers = {each: {"url": self._url(each), "token": self._tokens[each]} for each in SERVICES[1:]}
                return {**own, "ORDER_AUDIT_PEERS": json.dumps(peers)}
            case "payment":
                return {
                    **own,
                    "PAYMENT_CHANNEL_URL": self._url(WORLD),
                    "PAYMENT_CHANNEL_SECRET": self._secret,
                    "PAYMENT_PUBLIC_URL": self._url("payment"),
                }
            case "fulfillment":
                return {
                    **own,
                    "FULFILLMENT_ORDER_URL": self._url("order"),
                    "FULFILLMENT_ORDER_TOKEN": self._tokens["order"],
                }
            case _:
                return own

    def _names(self) -> list[str]:
        return [
            service if number == 1 else f"{service}-{number}"
            for service in SERVICES
            for number in range(1, self._processes + 1)
        ]

    def _url(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self._ports[name]}"

    def _migrate(self, service: str) -> None:
        _run(f"{service} migrate", ("-m", service, "migrate"), self.environment(name=service, migrating=True))


def _surroundings() -> dict[str, str]:
    """Return our environment for a child.

    Where Python may write no bytecode beside the sources, it goes into the cache: a dozen processes that each compile
    everything anew would take a minute to start.
    """
    ours = dict(os.environ)
    if ours.pop("PYTHONDONTWRITEBYTECODE", ""):
        ours.setdefault("PYTHONPYCACHEPREFIX", str(cache_folder() / "bytecode"))
    return ours


def _run(what: str, arguments: tuple[str, ...], environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        (sys.executable, *arguments), env=dict(environment), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise HouseError(f"{what} failed:\n{done.stdout}{done.stderr}")
