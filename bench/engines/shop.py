"""The steps of a checkout over asyncpg: each is one statement, which is one transaction and one journey."""

from dataclasses import dataclass
from typing import Any

import asyncpg

from bench.checkout import Checkout
from bench.steps import arguments, statements

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
        return cls(pool, statements())

    async def place(self, checkout: Checkout) -> None:
        """Write the order."""
        await self._run("place", checkout)

    async def reserve(self, checkout: Checkout) -> bool:
        """Take the stock, and say whether the order has it."""
        return await self._run("reserve", checkout) != _NOTHING or await self._ask("is_reserved", checkout)

    async def pay(self, checkout: Checkout) -> bool:
        """Take the money, and say whether the order is paid."""
        return await self._run("pay", checkout) != _NOTHING or await self._ask("is_paid", checkout)

    async def release(self, checkout: Checkout) -> None:
        """Give the stock back."""
        await self._run("release", checkout)

    async def cancel(self, checkout: Checkout) -> None:
        """Write the end of an order that was declined."""
        await self._run("cancel", checkout)

    async def ship(self, checkout: Checkout) -> None:
        """Write the parcel."""
        await self._run("ship", checkout)

    async def invoice(self, checkout: Checkout) -> None:
        """Write the invoice."""
        await self._run("invoice", checkout)

    async def _run(self, step: str, checkout: Checkout) -> str:
        status: str = await self.pool.execute(self.sql[step], *arguments(step=step, checkout=checkout))
        return status

    async def _ask(self, question: str, checkout: Checkout) -> bool:
        answer: bool = await self.pool.fetchval(self.sql[question], *arguments(step=question, checkout=checkout))
        return answer
