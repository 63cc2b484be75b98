"""The steps of a checkout over asyncpg: each is one statement, which is one transaction and one journey."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from bench.checkout import Checkout
from bench.steps import arguments, statements

# Which steps may find nothing to take, and the question that tells a want from a repetition.
_QUESTIONS: Mapping[str, str] = {"reserve": "is_reserved", "pay": "is_paid"}
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

    async def step(self, name: str, checkout: Checkout) -> bool:
        """Take a step; False when there was too little stock or money for it."""
        status = await self.pool.execute(self.sql[name], *arguments(step=name, checkout=checkout))
        if status != _NOTHING or name not in _QUESTIONS:
            return True
        question = _QUESTIONS[name]
        answer: bool = await self.pool.fetchval(self.sql[question], *arguments(step=question, checkout=checkout))
        return answer
