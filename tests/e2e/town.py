"""A running house as its customers, neighbours and auditors meet it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from contracts.order import PlaceOrderV1
from contracts.values import Contract
from e2e.shop import body_of
from e2e.tape import Tape, Told
from embedded.eventually import eventually
from simulators.channel.signatures import Signer
from simulators.demo.books import Clerk
from simulators.house.addresses import SERVICES, Addresses
from simulators.publishing import Outgoing, Publisher, derived_id, record_of
from simulators.shopper.replay import wait_until_taken
from simulators.world.scripts import Script

WITHIN = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Everything is asked for with a bound; nothing here knows a table or a state of a service."""

    addresses: Addresses
    tape: Tape
    publisher: Publisher
    orders: httpx.AsyncClient
    world: httpx.AsyncClient
    clerk: Clerk
    sent: list[str] = field(default_factory=list)

    async def send(self, *messages: Contract, times: int = 1) -> None:
        """Publish messages, each as often as said, under one id."""
        records = [self.record(message) for message in messages]
        await self.publisher.publish_all(records=[record for record in records for _ in range(times)])

    def record(self, message: Contract) -> Outgoing:
        """Return the record of a message under an id of its own."""
        now = datetime.now(UTC)
        self.sent.append(derived_id(at=now, of=(str(len(self.sent)), message.model_dump_json())))
        return record_of(message=message, id_=self.sent[-1], source="/test", at=now)

    async def place_over_http(self, order: PlaceOrderV1, **changes: Any) -> httpx.Response:
        """Place an order over HTTP, as often as it takes to know what became of it."""
        return await self.write("/orders", {**body_of(order), **changes}, key=order.idempotency_key)

    async def write(self, path: str, body: object, *, key: str) -> httpx.Response:
        """Write over HTTP until the answer is definite."""

        async def asked() -> httpx.Response | None:
            answer = await self.orders.post(path, json=body, headers={"Idempotency-Key": key})
            return answer if answer.status_code not in {202, 503} else None

        answer = await eventually(asked, within=WITHIN)
        assert answer is not None
        return answer

    async def told(self, key: str, what: str, *, count: int = 1) -> Mapping[str, Any]:
        """Wait until so many such events were told of an order, and return the last of them."""
        return (await self.all_told(key, what, count=count))[-1].data

    async def all_told(self, key: str, what: str, *, count: int = 1) -> Sequence[Told]:
        """Wait until so many such events were told of an order, and return them all."""

        def heard() -> Sequence[Told]:
            found = self.tape.of(key, what)
            return found if len(found) >= count else ()

        try:
            return await eventually(heard, within=WITHIN)
        except AssertionError:
            said = [told.what for told in self.tape.of(key)]
            raise AssertionError(f"{what} was not told of {key}; told were {said}") from None

    async def taken(self) -> None:
        """Wait until order has handled every command that was published."""
        commands = {"order": ("order.commands",)}
        await wait_until_taken(bootstrap=self.addresses.kafka, groups=commands, seconds=WITHIN)

    async def script(self, order_id: str, **script: str) -> None:
        """Tell the world what to do with an order."""
        body = Script.model_validate({"order_id": order_id, **script}).model_dump_json().encode()
        answer = await self.world.put(f"/scripts/{order_id}", content=body, headers=self.signed(body))
        answer.raise_for_status()

    def signed(self, body: bytes, *, age: int = 0) -> dict[str, str]:
        """Return headers that prove a body, as of some seconds ago."""
        signer = Signer(secret=self.addresses.channel_secret.encode())
        return signer.headers(body=body, now=int(datetime.now(UTC).timestamp()) - age)

    async def pay(self, order_id: str, **form: Any) -> Mapping[str, Any]:
        """Go to the pay page of an order and pay; return the request for the payment."""
        requested = await self.told(order_id, "payment.payment-requested")
        answer = await self.world.post(requested["pay_url"], data=form)
        answer.raise_for_status()
        return requested

    async def show(self, order_id: str) -> Mapping[str, Any]:
        """Return an order as its customer sees it."""
        answer: Mapping[str, Any] = await self.clerk.ask(service="order", path=f"/orders/{order_id}")
        return answer

    async def books(self, order_id: str) -> dict[str, Any]:
        """Return what all services know of an order, in one; nothing where no service knows it."""
        before = order_id[:-1] + chr(ord(order_id[-1]) - 1)
        pages = await asyncio.gather(
            *(self.clerk.ask(service=each, path="/audit/orders", after=before, limit=1) for each in SERVICES)
        )
        found: dict[str, Any] = {}
        for page in pages:
            for row in page:
                if row["order_id"] == order_id:
                    found |= row["facts"]
        return found

    async def rests(self, order_id: str, state: str, **expected: Any) -> None:
        """Wait until an order has ended in this state and the books say this of it, and nothing else is left."""
        ended = {"state": state, "terminal": True, "in_flight": 0, "reserved": 0, "open": 0}
        nothing = {"captured": 0, "refunded": 0, "invoiced": 0, "credited": 0, "tenders_held": 0, "gone": 0}
        wanted = {**ended, **nothing, **expected}

        async def found() -> dict[str, Any]:
            books = await self.books(order_id)
            return {name: books.get(name, 0) for name in wanted}

        async def agrees() -> bool:
            return await found() == wanted

        try:
            await eventually(agrees, within=WITHIN, every=0.2)
        except AssertionError:
            books, said = await found(), [told.what for told in self.tape.of(order_id)]
            wrong = {name: (value, books[name]) for name, value in wanted.items() if value != books[name]}
            raise AssertionError(f"order {order_id}: wanted and found differ: {wrong}; told were {said}") from None

    async def until(self, fact: Callable[[], Awaitable[bool]]) -> None:
        """Wait until something is so."""
        await eventually(fact, within=WITHIN, every=0.1)

    async def until_shown(self, order_id: str, state: str) -> None:
        """Wait until an order is shown in this state."""

        async def shown() -> bool:
            return bool((await self.show(order_id))["state"] == state)

        await self.until(shown)
