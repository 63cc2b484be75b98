"""The port to payment channels, and the adapter that speaks HTTP.

Every call is made between two transactions, under a key that is the same on every try. A definite word of the channel
is yes or no. Everything else (a time-out, a broken connection, a 5xx, an answer that cannot be read) is unknown, and
the chassis asks again: what may have been charged is never taken for failed.

The channel ``balance`` has no adapter here: it is kept in our own database, captured and refunded in the transaction
that asks for it (handlers/balances.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Annotated, Any, Literal, Protocol, TypeVar

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.gateway import Ask, Reply
from chassis.nul import nul_at
from contracts.values import Amount, Currency, Id, Moment
from payment.signatures import Signer

A = TypeVar("A", bound="_Answer")

TIMEOUT = httpx.Timeout(10.0, connect=3.0)


class ChannelGateway(Protocol):
    """What every channel can do."""

    async def create(self, ask: Ask, /) -> Reply:
        """Make an attempt that the customer can pay; yes brings the pay page."""
        ...

    async def query(self, ask: Ask, /) -> Reply:
        """Fetch the channel's own record of an attempt; an attempt that it never had is an empty record."""
        ...

    async def close(self, ask: Ask, /) -> Reply:
        """Close an attempt that is unpaid; no means that money is there."""
        ...

    async def refund(self, ask: Ask, /) -> Reply:
        """Give money back; yes brings the channel's reference."""
        ...

    def statement(self, *, day: str) -> AsyncIterator[str]:
        """Read the statement of a day, line by line as CSV."""
        ...


Reference = Annotated[str, Field(min_length=1, max_length=80)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Created(_Answer):
    """A payment that can be made."""

    reference: Reference
    pay_url: Annotated[str, Field(max_length=500)]


class Capture(_Answer):
    """Money that the channel has taken."""

    reference: Reference
    amount: Annotated[Amount, Field(strict=True)]
    booked_at: Moment


class Record(_Answer):
    """The channel's own record of an attempt."""

    attempt_id: Id
    state: Literal["open", "paid", "closed"]
    currency: Currency
    captures: tuple[Capture, ...] = ()


class Refunded(_Answer):
    """Money that the channel has given back."""

    reference: Reference


class HttpChannel:
    """The channels of a payment provider, over HTTP with signed requests."""

    def __init__(
        self,
        *,
        base_url: str,
        notify_url: str,
        signer: Signer,
        now: Callable[[], int],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT, transport=transport)
        self._notify_url = notify_url
        self._signer = signer
        self._now = now

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def create(self, ask: Ask, /) -> Reply:
        """Make an attempt; 4xx is a decline."""
        channel = ask.data["channel"]
        body = {
            **_chosen(ask.data, "attempt_id", "order_id", "channel", "currency", "amount"),
            "notify_url": f"{self._notify_url}/{channel}",
        }
        response = await self._send("POST", "/payments", body=body, headers=ask.headers)
        if not response.is_success:
            return _refused(response)
        created = _read(Created, response)
        return created if isinstance(created, Reply) else Reply.yes({"pay_url": created.pay_url})

    async def query(self, ask: Ask, /) -> Reply:
        """Fetch the record of an attempt; 404 is a record without captures."""
        response = await self._send("GET", f"/payments/{ask.data['attempt_id']}", headers=ask.headers)
        if response.status_code == httpx.codes.NOT_FOUND:
            return Reply.yes({"captures": []})
        if not response.is_success:
            return _unclear(response)
        record = _read(Record, response)
        if isinstance(record, Reply):
            return record
        return Reply.yes({"captures": [_fact(record, capture) for capture in record.captures]})

    async def close(self, ask: Ask, /) -> Reply:
        """Close an attempt; 409 means paid, 404 that there is nothing to close."""
        response = await self._send("POST", f"/payments/{ask.data['attempt_id']}/close", headers=ask.headers)
        if response.is_success or response.status_code == httpx.codes.NOT_FOUND:
            return Reply.yes()
        return Reply.no() if response.status_code == httpx.codes.CONFLICT else _unclear(response)

    async def refund(self, ask: Ask, /) -> Reply:
        """Give money back; 4xx is a refusal."""
        body = _chosen(ask.data, "refund_id", "attempt_id", "currency", "amount")
        response = await self._send("POST", "/refunds", body=body, headers=ask.headers)
        if not response.is_success:
            return _refused(response)
        refunded = _read(Refunded, response)
        return refunded if isinstance(refunded, Reply) else Reply.yes({"reference": refunded.reference})

    async def statement(self, *, day: str) -> AsyncIterator[str]:
        """Stream the statement of a day."""
        path = f"/statements/{day}"
        headers = self._signer.headers(body=b"", now=self._now())
        async with self._client.stream("GET", path, params={"format": "csv"}, headers=headers) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                yield line

    async def _send(
        self, method: str, path: str, *, headers: Mapping[str, str], body: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        content = b"" if body is None else orjson.dumps(body)
        form = {"Content-Type": "application/json"} if content else {}
        signed = self._signer.headers(body=content, now=self._now())
        return await self._client.request(method, path, content=content, headers={**signed, **headers, **form})


def _chosen(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: data[name] for name in names}


def _fact(record: Record, capture: Capture) -> dict[str, Any]:
    return {
        "kind": "captured",
        "reference": capture.reference,
        "attempt_id": record.attempt_id,
        "currency": record.currency,
        "amount": capture.amount,
        "occurred_at": capture.booked_at.isoformat(),
    }


def _read(model: type[A], response: httpx.Response) -> A | Reply:
    """Read an answer; one that cannot be read leaves it unknown what the channel did."""
    try:
        answer = model.model_validate_json(response.content)
    except ValidationError as error:
        return Reply.unknown(f"the channel's answer cannot be read: {error.error_count()} errors")
    if (place := nul_at(document=answer.model_dump(), written=response.content)) is not None:
        return Reply.unknown(f"the channel's answer cannot be kept: {place}")
    return answer


def _refused(response: httpx.Response) -> Reply:
    """Take a refusal for a no, but one of our signature or clock for unknown: it says nothing of the payment."""
    definite = response.is_client_error and response.status_code not in _PASSING
    return Reply.no({"reason": f"channel_said_{response.status_code}"}) if definite else _unclear(response)


_PASSING = frozenset({401, 403, 407, 408, 425, 429})
"""Client errors that say nothing of the payment: credentials, time-outs, too many requests."""


def _unclear(response: httpx.Response) -> Reply:
    return Reply.unknown(f"the channel said {response.status_code}")
