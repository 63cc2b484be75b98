"""Our system paid through a provider over HTTP: the same orders, with a request, a pay page and a signed notice each.

Who has no money still pays from the balance and is declined: a provider declines nobody, its customers do not pay.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from aiokafka import ConsumerRecord

from bench.checking import compare, compare_captures
from bench.following import Follower, type_of
from bench.ingress import Ingress
from bench.ours import Ours
from bench.workload import Order, Workload
from contracts.values import ChannelName
from embedded.eventually import eventually
from simulators.demo.books import Clerk
from simulators.house.addresses import WORLD

_READY_SECONDS = 120.0


class OursByChannel(Ours):
    """ordersaga with a provider in a process of its own; the load generator plays the customers at its pay page."""

    name = "ordersaga-channel"

    def __init__(self) -> None:
        """Start nothing."""
        super().__init__()
        self._customers: Customers | None = None

    async def start(self, *, folder: Path, workload: Workload) -> None:
        """Bring the house up, then the provider where the world was, and the customers."""
        await super().start(folder=folder, workload=workload)
        self.house.spawn(WORLD, via=("bench.provider",))
        await eventually(lambda: self.house.is_ready(name=WORLD), within=_READY_SECONDS)
        addresses = self.house.addresses
        self._customers = Customers(bootstrap=addresses.kafka, provider=addresses.world)
        await self._customers.follower.start()

    def channel_of(self, *, order: Order) -> ChannelName:
        """Return the card, for whoever has money."""
        return "balance" if order.declined else "card"

    async def compare(self, *, clerk: Clerk, orders: Sequence[Order]) -> list[str]:
        """Compare the books, and what the provider has taken for each order."""
        books = await clerk.books(since=(datetime.now(UTC) - timedelta(days=1)).date())
        wrong = await compare(clerk=clerk, workload=self.workload, orders=orders, from_balance=False)
        return [*wrong, *compare_captures(captured=books.captured, orders=orders)]

    def pids(self) -> Mapping[str, int]:
        """Return the processes of services, servers and the provider."""
        return {**super().pids(), "provider": self.house.process(WORLD).pid}

    async def stop(self) -> None:
        """End everything."""
        if self._customers is not None:
            await self._customers.stop()
        await super().stop()


class Customers:
    """Press the button of each pay page as soon as it is there."""

    def __init__(self, *, bootstrap: str, provider: str) -> None:
        """Read nothing yet."""
        self.follower = Follower(bootstrap=bootstrap, topics=("payment.events",), take=self._take)
        self._ingress = Ingress(port=urlsplit(provider).port or 0)
        self._paying: set[asyncio.Task[bytes]] = set()

    def _take(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        if type_of(record=record) == b"payment.payment-requested.v1":
            page = urlsplit(json.loads(record.value)["pay_url"]).path
            task = asyncio.create_task(self._ingress.post(path=page, body=b"", headers={}))
            self._paying.add(task)
            task.add_done_callback(self._paying.discard)

    async def stop(self) -> None:
        """End."""
        await self.follower.stop()
        await self._ingress.close()
