"""Restate: its server, a handler of its Python SDK under hypercorn, orders over the ingress."""

import asyncio
import json
import platform
import sys
from pathlib import Path

import httpx

from bench.checkout import checkout_of
from bench.ingress import Ingress
from bench.programs import ENVIRONMENT, THEIRS, free_port, listens, missing_environment
from bench.shop_peer import ShopPeer
from bench.workload import Order
from embedded.ports import LOOPBACK, free_ports

_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_PACKAGES = ENVIRONMENT / "servers" / "node_modules" / "@restatedev"
_SETTINGS = "hypercorn.toml"

# As the page "Serving" of its documentation has it; a worker for each of two processors.
_HYPERCORN = """
bind = "{address}"
h2_max_concurrent_streams = 2147483647
keep_alive_max_requests = 2147483647
keep_alive_timeout = 2147483647
workers = 2
"""


class Restate(ShopPeer):
    """A durable handler per order."""

    name = "restate"

    def absent(self) -> str | None:
        """Return what is missing: the environment of the peers, or the server in it."""
        if missing := missing_environment():
            return missing
        return None if _server().exists() else f"{_server().parent.parent.name} is not there (it needs npm)"

    async def begin(self) -> None:
        """Start the server and the handler, and make them known to each other."""
        node, ingress, admin = free_ports(count=3)
        self.programs.run(
            name="restate",
            argv=(str(_server()), "--base-dir", str(self.programs.folder / "restate"), "--no-logo"),
            environment=_settings(node=node, ingress=ingress, admin=admin),
            ready=lambda: listens(port=ingress) and listens(port=admin),
        )
        await _register(admin=admin, handler=self._serve())
        self._ingress = Ingress(port=ingress)

    def _serve(self) -> int:
        port = free_port()
        settings: Path = self.programs.folder / _SETTINGS
        settings.write_text(_HYPERCORN.format(address=f"{LOOPBACK}:{port}"))
        self.programs.run(
            name="handler",
            argv=(str(THEIRS), "-m", "hypercorn", "--config", str(settings), "bench.engines.restate_service:app"),
            environment={"BENCH_DATABASE_URL": self.database_url},
            ready=lambda: listens(port=port),
        )
        return port

    async def carry(self, order: Order) -> bool:
        """Call the handler; the key has a second call wait for the first."""
        body = json.dumps(checkout_of(order=order)).encode()
        calls = [
            self._ingress.post(path="/checkout/carry", body=body, headers={"idempotency-key": order.order_id})
            for _ in range(1 + order.twice)
        ]
        answers = await asyncio.gather(*calls)
        return answers[0] == b"true"

    async def end(self) -> None:
        """Let go of the connections."""
        if hasattr(self, "_ingress"):
            await self._ingress.close()


def _server() -> Path:
    machine = _MACHINES.get(platform.machine().lower(), platform.machine())
    return _PACKAGES / f"restate-server-{sys.platform}-{machine}" / "bin" / "restate-server"


def _settings(*, node: int, ingress: int, admin: int) -> dict[str, str]:
    return {
        "RESTATE_BIND_ADDRESS": f"{LOOPBACK}:{node}",
        "RESTATE_ADVERTISED_ADDRESS": f"http://{LOOPBACK}:{node}/",
        "RESTATE_INGRESS__BIND_ADDRESS": f"{LOOPBACK}:{ingress}",
        "RESTATE_ADMIN__BIND_ADDRESS": f"{LOOPBACK}:{admin}",
        "RESTATE_LISTEN_MODE": "tcp",
        "RESTATE_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "1",
    }


async def _register(*, admin: int, handler: int) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        body = {"uri": f"http://{LOOPBACK}:{handler}", "use_http_11": False}
        answer = await client.post(f"http://{LOOPBACK}:{admin}/deployments", json=body)
        answer.raise_for_status()
