"""An idempotent producer: in order or not at all; what became of a record without acknowledgement is unknown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from chassis.broker import BrokerUnavailable, Outgoing
from simulation.broker import Broker
from simulation.loop import running


@dataclass(slots=True)
class _Session:
    """One producer until it is thrown away: when its last record arrives, and whether one was refused."""

    last: float = 0.0
    broken: bool = False


class Producer:
    """The port ``chassis.broker.Sender``. What was sent arrives in order whatever becomes of the process."""

    def __init__(self, *, broker: Broker, step: Callable[[], Awaitable[None]]) -> None:
        self._broker = broker
        self._step = step
        self._session = _Session()

    async def send(self, *, record: Outgoing) -> asyncio.Future[object]:
        """Take a record; the future ends when the broker has it, or with an error."""
        await self._step()
        if len(record.value or b"") > self._broker.largest:
            raise BrokerUnavailable("message too large")
        loop, session = running(), self._session
        future: asyncio.Future[object] = loop.create_future()
        weather = self._broker.weather
        session.last = max(session.last, loop.now) + weather.draw.uniform(*weather.network) / 4
        loop.outside(session.last, self._arrive, record, future, session)
        return future

    async def rebuild(self) -> None:
        """Begin again after an error."""
        self._session = _Session()

    def _arrive(self, record: Outgoing, future: asyncio.Future[object], session: _Session) -> None:
        weather = self._broker.weather
        if session.broken or weather.broker_down or weather.strikes("send refused", weather.refused):
            self._fail(future, session, "not sent")
            return
        self._broker.append(outgoing=record)
        if weather.strikes("acknowledgement lost", weather.lost_ack):
            self._fail(future, session, "sent, but nobody was told")
        elif not future.done():
            future.set_result(None)

    def _fail(self, future: asyncio.Future[object], session: _Session, reason: str) -> None:
        session.broken = True
        if not future.done():
            future.set_exception(BrokerUnavailable(reason))
