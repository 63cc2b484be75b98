"""Sends what the provider owes: each notice until it is answered 2xx, less and less often."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

import httpx

from simulators.channel.provider import milliseconds
from simulators.channel.record import OwedNotice, Record
from simulators.channel.signatures import NOTICE_ID, Signer

_log = logging.getLogger(__name__)
_AT_ONCE = 50
_FIRST_MS, _MOST_MS = 200, 10_000


class Notifier:
    """The loop that sends notices."""

    def __init__(
        self, *, record: Record, signer: Signer, client: httpx.AsyncClient, clock: Callable[[], datetime]
    ) -> None:
        """Take the record, the signer, the client and the clock."""
        self._record = record
        self._signer = signer
        self._client = client
        self._clock = clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at once whether a notice is due."""
        self._woken.set()

    async def run(self) -> None:
        """Send what is due, for ever."""
        while True:
            owed = self._record.owed(until=milliseconds(self._clock()), limit=_AT_ONCE)
            if owed:
                await asyncio.gather(*(self._send(notice) for notice in owed))
            else:
                await self._pause()

    async def _pause(self) -> None:
        self._woken.clear()
        try:
            await asyncio.wait_for(self._woken.wait(), timeout=0.1)
        except TimeoutError:
            return

    async def _send(self, notice: OwedNotice) -> None:
        headers = self._signer.headers(body=notice.body, now=int(self._clock().timestamp()))
        headers |= {NOTICE_ID: notice.notice_id, "Content-Type": "application/json"}
        if notice.traceparent:
            headers["traceparent"] = notice.traceparent
        try:
            answer = await self._client.post(notice.url, content=notice.body, headers=headers)
        except httpx.HTTPError as error:
            self._postpone(notice, repr(error))
            return
        if answer.is_success:
            self._record.settle_notice(serial=notice.serial)
        else:
            self._postpone(notice, f"answered {answer.status_code}: {answer.text[:200]}")

    def _postpone(self, notice: OwedNotice, why: str) -> None:
        delay = min(_FIRST_MS << min(notice.tries, 10), _MOST_MS)
        self._record.postpone_notice(serial=notice.serial, due=milliseconds(self._clock()) + delay)
        _log.warning("notice %s to %s: %s; again in %d ms", notice.notice_id, notice.url, why, delay)
