"""What the channel says over HTTP, and what is made of it."""

import json
from collections.abc import Callable

import httpx
import pytest

from chassis.gateway import Ask, Reply, Verdict
from payment.gateway import HttpChannel
from payment.signatures import Signer
from services.payment.tests.examples import ATTEMPT, ORDER

SIGNER = Signer(b"a secret of both sides")
NOW = 1_767_600_000
CAPTURED_AT = "2026-01-05T09:00:00+00:00"
DATA = {
    "order_id": ORDER,
    "attempt_id": ATTEMPT,
    "refund_id": f"{ORDER}-r1",
    "channel": "card",
    "currency": "EUR",
    "amount": 10_000,
    "question": 1,
}
RECORD = {
    "attempt_id": ATTEMPT,
    "state": "paid",
    "currency": "EUR",
    "captured": 10_000,
    "captures": [{"reference": "cap-1", "amount": 10_000, "booked_at": CAPTURED_AT}],
}


def ask(name: str) -> Ask:
    return Ask(
        id=f"key-of-{name}", name=name, key=ORDER, data=DATA, again=False, first_asked_at=None, traceparent="00-1-2-01"
    )


async def said(name: str, answer: Callable[[httpx.Request], httpx.Response]) -> Reply:
    """Return what is made of the channel's answer."""
    channel = HttpChannel(
        base_url="https://channel.example",
        notify_url="https://shop.example/notices",
        signer=SIGNER,
        now=lambda: NOW,
        transport=httpx.MockTransport(answer),
    )
    try:
        reply: Reply = await getattr(channel, name)(ask(name))
    finally:
        await channel.aclose()
    return reply


@pytest.mark.parametrize(
    "name, method, path",
    [
        ("create", "POST", "/payments"),
        ("query", "GET", f"/payments/{ATTEMPT}"),
        ("close", "POST", f"/payments/{ATTEMPT}/close"),
        ("refund", "POST", "/refunds"),
    ],
)
async def test_every_request_is_signed_and_has_its_key(name: str, method: str, path: str) -> None:
    """Each request proves its body, carries the key of its call, and belongs to its trace."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500)

    await said(name, answer)
    (request,) = seen
    assert (method, path, f"key-of-{name}") == (request.method, request.url.path, request.headers["Idempotency-Key"])
    assert None is SIGNER.forgery(headers=request.headers, body=request.content, now=NOW)
    assert "00-1-2-01" == request.headers["traceparent"]


async def test_created_payment_brings_its_page() -> None:
    """Yes has the pay page, and the channel was told where to send notices."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert "https://shop.example/notices/card" == json.loads(request.content)["notify_url"]
        return httpx.Response(200, json={"reference": "P1", "pay_url": "https://pay.example/1"})

    assert Reply.yes({"pay_url": "https://pay.example/1"}) == await said("create", answer)


async def test_record_becomes_facts() -> None:
    """The captures of the record are facts under the channel's references."""
    reply = await said("query", lambda _request: httpx.Response(200, json=RECORD))
    assert [
        {
            "kind": "captured",
            "reference": "cap-1",
            "attempt_id": ATTEMPT,
            "currency": "EUR",
            "amount": 10_000,
            "occurred_at": CAPTURED_AT,
        }
    ] == reply.data["captures"]


@pytest.mark.parametrize(
    "name, status, verdict",
    [
        ("create", 409, Verdict.NO),
        ("create", 402, Verdict.NO),
        ("create", 401, Verdict.UNKNOWN),
        ("create", 429, Verdict.UNKNOWN),
        ("create", 500, Verdict.UNKNOWN),
        ("query", 404, Verdict.YES),
        ("query", 500, Verdict.UNKNOWN),
        ("query", 400, Verdict.UNKNOWN),
        ("close", 200, Verdict.YES),
        ("close", 404, Verdict.YES),
        ("close", 409, Verdict.NO),
        ("close", 503, Verdict.UNKNOWN),
        ("refund", 422, Verdict.NO),
        ("refund", 409, Verdict.NO),
        ("refund", 502, Verdict.UNKNOWN),
        ("refund", 403, Verdict.UNKNOWN),
    ],
)
async def test_only_a_definite_word_is_believed(name: str, status: int, verdict: Verdict) -> None:
    """Yes and no are what surely happened; trouble of the channel or of our credentials is unknown."""
    assert verdict == (await said(name, lambda _request: httpx.Response(status))).verdict


@pytest.mark.parametrize("name", ["create", "query", "refund"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"reference": 7}'])
async def test_answer_that_cannot_be_read_is_unknown(name: str, body: bytes) -> None:
    """A success without its contents is asked again."""
    assert Verdict.UNKNOWN == (await said(name, lambda _request: httpx.Response(200, content=body))).verdict


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 2**64},
        {"amount": -1},
        {"amount": "10000"},
        {"amount": 10**15 + 1},
        {"reference": ""},
        {"reference": "x" * 81},
        {"reference": "a\0"},
        {"booked_at": "9999-12-31T23:59:59-14:00"},
        {"booked_at": "2026-01-05T09:00:00"},
    ],
)
async def test_capture_out_of_range_is_unknown(wrong: dict[str, object]) -> None:
    """A capture that no message could carry, or no channel would make, is asked for again and never guessed."""
    record = {**RECORD, "captures": [{"reference": "cap-1", "amount": 10_000, "booked_at": CAPTURED_AT, **wrong}]}
    assert Verdict.UNKNOWN == (await said("query", lambda _request: httpx.Response(200, json=record))).verdict


@pytest.mark.parametrize("name", ["create", "query", "close", "refund"])
async def test_time_out_passes_to_the_chassis(name: str) -> None:
    """A time-out escapes: the chassis takes every exception of a call for unknown."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(httpx.ReadTimeout):
        await said(name, answer)


async def test_statement_is_read_line_by_line() -> None:
    """The statement of a day is a stream of lines."""
    channel = HttpChannel(
        base_url="https://channel.example",
        notify_url="",
        signer=SIGNER,
        now=lambda: NOW,
        transport=httpx.MockTransport(lambda _request: httpx.Response(200, text="head\none\ntwo\n")),
    )
    assert ["head", "one", "two"] == [line async for line in channel.statement(day="2026-01-05")]
    await channel.aclose()
