"""The steps of a checkout over asyncpg: each is one statement, which is one transaction and one journey."""

from dataclasses import dataclass
from typing import Any

import asyncpg

from bench.checkout import Checkout
from bench.engines.statements import steps

_NOTHING = "UPDATE 0"


class Bare(asyncpg.Connection):
    """A connection that is not asked to forget its settings each time it goes back to the pool: it has none."""

    def get_reset_query(self) -> str:
        """Return nothing to do."""
        return ""


@dataclass(frozen=True, slots=True)
class Shop:
    """The tables of the shop."""

    pool: Any
    sql: dict[str, str]

    @classmethod
    async def open(cls, *, url: str, connections: int) -> "Shop":
        """Connect."""
        pool = await asyncpg.create_pool(url, min_size=connections, max_size=connections, connection_class=Bare)
        return cls(pool, steps())

    async def place(self, checkout: Checkout) -> None:
        """Write the order."""
        await self.pool.execute(
            self.sql["place"],
            checkout["order_id"],
            checkout["customer"],
            checkout["total"],
            checkout["skus"],
            checkout["quantities"],
        )

    async def reserve(self, checkout: Checkout) -> bool:
        """Take the stock, and say whether the order has it."""
        order_id = checkout["order_id"]
        status = await self.pool.execute(self.sql["reserve"], order_id, checkout["skus"], checkout["quantities"])
        return status != _NOTHING or bool(await self.pool.fetchval(self.sql["is_reserved"], order_id))

    async def pay(self, checkout: Checkout) -> bool:
        """Take the money, and say whether the order is paid."""
        order_id = checkout["order_id"]
        status = await self.pool.execute(self.sql["pay"], order_id, checkout["customer"], checkout["total"])
        return status != _NOTHING or bool(await self.pool.fetchval(self.sql["is_paid"], order_id))

    async def release(self, checkout: Checkout) -> None:
        """Give the stock back."""
        await self.pool.execute(self.sql["release"], checkout["order_id"])

    async def cancel(self, checkout: Checkout) -> None:
        """Write the end of an order that was declined."""
        await self.pool.execute(self.sql["cancel"], checkout["order_id"])

    async def ship(self, checkout: Checkout) -> None:
        """Write the parcel."""
        await self.pool.execute(self.sql["ship"], checkout["order_id"])

    async def invoice(self, checkout: Checkout) -> None:
        """Write the invoice."""
        await self.pool.execute(self.sql["invoice"], checkout["order_id"], checkout["total"])
