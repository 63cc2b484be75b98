"""The answer book: who asked by HTTP waits here for what became of the command, whichever process handles it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from chassis.store.errors import StoreError
from chassis.store.protocol import Store
from chassis.store.values import InboxRow
from chassis.verdicts import Processed, Verdict

log = structlog.get_logger()

POLL_SECONDS = 0.1


@dataclass(slots=True)
class Answers:
    """Waiting requests by command id. The owner of the shard wakes its own; the inbox row answers all others."""

    store: Store
    _waiting: dict[str, set[asyncio.Future[InboxRow]]] = field(default_factory=dict)
    _somebody: asyncio.Event = field(default_factory=asyncio.Event)
    _look: asyncio.Event = field(default_factory=asyncio.Event)

    async def known(self, *, message_id: str) -> InboxRow | None:
        """Return the inbox row of a command that was handled."""
        return (await self.store.known(message_ids=[message_id])).get(message_id)

    async def wait(self, *, message_id: str, seconds: float) -> InboxRow | None:
        """Wait for the inbox row of a command; None after the time is up."""
        future: asyncio.Future[InboxRow] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(message_id, set()).add(future)
        self._somebody.set()
        try:
            with suppress(TimeoutError):
                return await asyncio.wait_for(future, seconds)
        finally:
            self._waiting[message_id].discard(future)
            if not self._waiting[message_id]:
                del self._waiting[message_id]
        return None

    def learn(self, *, processed: Processed) -> None:
        """Look at once for the answers of commands that were just handled here."""
        if self._waiting and any(
            each.message.id in self._waiting and each.verdict is not Verdict.PARKED for each in processed.handled
        ):
            self._look.set()

    async def run(self) -> None:
        """Poll the inbox for all that wait, until cancelled."""
        while True:
            if not self._waiting:
                self._somebody.clear()
                await self._somebody.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._look.wait()
            self._look.clear()
            try:
                rows = await self.store.known(message_ids=list(self._waiting))
            except StoreError as error:
                log.warning("answers.not_read", error=repr(error))
                await asyncio.sleep(POLL_SECONDS)
                continue
            for message_id, row in rows.items():
                self._wake(message_id, row)

    def _wake(self, message_id: str, row: InboxRow) -> None:
        for future in self._waiting.get(message_id, ()):
            if not future.done():
                future.set_result(row)
