"""`make dev`: the house stays up, with reference data and stock in it, until Ctrl-C."""

import asyncio
import shlex
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from simulators.baskets.read import Replay
from simulators.baskets.reference import derive_reference
from simulators.demo.failures import FAILURES
from simulators.demo.preparing import prepare
from simulators.house.addresses import SERVICES, WORLD
from simulators.house.embedded import EmbeddedHouse


def keep_up(*, state: Path) -> int:
    """Bring the house up, fill it, print where it is, and wait."""
    console = Console(highlight=False)
    try:
        with EmbeddedHouse(state_dir=state, environment={}, say=console.print) as house:
            asyncio.run(_fill(house, console))
            _write_variables(house)
            _print_addresses(house, console)
            threading.Event().wait()
    except FAILURES as error:
        console.print(f"dev: {error}", style="red")
        return 1
    return 0


async def _fill(house: EmbeddedHouse, console: Console) -> None:
    run = f"dev-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    reference = derive_reference(replay=Replay())
    await prepare(addresses=house.addresses, reference=reference, plans=(), run=run, say=console.print)


def variables(*, service: str, environment: Mapping[str, str]) -> str:
    """Return what a shell reads to run the command line of a service by hand."""
    own = {name: value for name, value in environment.items() if name.startswith(f"{service.upper()}_")}
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(own.items()))


def _write_variables(house: EmbeddedHouse) -> None:
    for service in SERVICES:
        path = house.state_dir / f"{service}.env"
        path.touch(mode=0o600)
        path.write_text(variables(service=service, environment=house.environment(name=service)), "utf-8")


def _print_addresses(house: EmbeddedHouse, console: Console) -> None:
    addresses = house.addresses
    for name, address in house.servers.addresses().items():
        console.print(f"{name:12} {address}", soft_wrap=True)
    for service in SERVICES:
        console.print(f"{service:12} {addresses.urls[service]}   token {addresses.tokens[service]}", soft_wrap=True)
    console.print(f"{WORLD:12} {addresses.world}   pay pages, statements")
    console.print(f"{'logs, data':12} {house.state_dir}", soft_wrap=True)
    console.print(f"{'commands':12} . {house.state_dir}/order.env; .venv/bin/python -m order --help", soft_wrap=True)
    console.print("Ctrl-C stops all.")
