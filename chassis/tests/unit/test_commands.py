from datetime import UTC, datetime

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from ports import NOW, FakeSender
from toys.messages import REGISTRY, DepositV1

from chassis.answers import Answers
from chassis.commands import ASK_AGAIN, Commands, command_id
from chassis.http import build_http, traceparent_of_request
from chassis.message import fingerprint_of
from chassis.sources import ManualClock
from chassis.store.errors import Unavailable
from chassis.store.memory import MemoryStore
from chassis.store.values import InboxRow
from chassis.telemetry import Telemetry
from contracts.envelope import from_headers

BODY = {"account": "alice", "number": 1, "amount": 7}
HEADERS = {"Authorization": "Bearer secret", "Idempotency-Key": "k1"}
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Away(MemoryStore):
    async def known(self, *, message_ids: object) -> dict[str, InboxRow]:
        raise Unavailable("away")


def application(store: MemoryStore, sender: FakeSender) -> FastAPI:
    commands = Commands(
        service="teller",
        registry=REGISTRY,
        sender=sender,
        answers=Answers(store=store),
        clock=ManualClock(NOW),
        wait_seconds=0.05,
        traceparent=traceparent_of_request,
    )
    router = APIRouter()

    @router.post("/accounts/{account}/deposits")
    async def deposit(account: str, body: DepositV1, request: Request) -> Response:
        return await commands.submit(request=request, customer=account, command=body)

    async def ready() -> dict[str, bool]:
        return {"database": False, "broker": True}

    return build_http(
        service="teller",
        token="secret",
        telemetry=Telemetry.to(service="teller", endpoint=None),
        ready=ready,
        status=lambda: {"service": "teller"},
        router=router,
    )


async def ask(
    store: MemoryStore, sender: FakeSender, *, method: str = "POST", path: str = "/accounts/alice/deposits", **more: str
) -> httpx.Response:
    transport = httpx.ASGITransport(app=application(store, sender))
    async with httpx.AsyncClient(transport=transport, base_url="http://teller") as client:
        json = BODY if method == "POST" else None
        return await client.request(method, path, json=json, headers={**HEADERS, **more})


def handled(outcome: str, answer: dict[str, object] | None = None, *, fingerprint: str = "") -> MemoryStore:
    value = b'{"account":"alice","amount":7,"number":1}'
    row = InboxRow(
        message_id=this_command(),
        fingerprint=fingerprint or fingerprint_of(type_="teller.deposit.v1", value=value),
        outcome=outcome,
        answer=answer,
        handled_at=datetime(2026, 1, 5, tzinfo=UTC),
    )
    return MemoryStore(inbox={row.message_id: row})


def this_command() -> str:
    return command_id(
        customer="alice",
        method="POST",
        route="/accounts/{account}/deposits",
        target="/accounts/alice/deposits",
        key="k1",
    )


async def test_an_unanswered_command_is_unknown() -> None:
    """A command that is not answered in time is 202: unknown, ask again with the same key."""
    sender = FakeSender()
    response = await ask(MemoryStore(), sender)
    assert (202, "unknown", ASK_AGAIN) == (response.status_code, response.json()["reason"], response.json()["detail"])
    assert 1 == len(sender.sent)


async def test_a_broker_that_does_not_answer_is_unknown() -> None:
    """Without a broker a command is 503: unknown, ask again with the same key."""
    response = await ask(MemoryStore(), FakeSender(broken=True))
    assert (503, ASK_AGAIN) == (response.status_code, response.json()["detail"])


async def test_a_database_that_does_not_answer_is_unknown() -> None:
    """Without the answer book nothing is published, and the response is 503."""
    sender = FakeSender()
    response = await ask(Away(), sender)
    assert (503, ASK_AGAIN, []) == (response.status_code, response.json()["detail"], sender.sent)


async def test_a_handled_command_is_not_published_again() -> None:
    """The answer of a command that was handled comes from the inbox."""
    sender = FakeSender()
    response = await ask(handled("applied", {"balance": 7}), sender)
    assert (200, {"balance": 7}, []) == (response.status_code, response.json(), sender.sent)


@pytest.mark.parametrize(
    "outcome, status, reason",
    [("rejected", 422, "too_much"), ("dead", 500, "set_aside")],
)
async def test_a_bad_end_is_a_problem(outcome: str, status: int, reason: str) -> None:
    """A rejected command is 422 with what the handler said, a dead-lettered one is 500."""
    response = await ask(handled(outcome, {"reason": "too_much", "fields": []}), FakeSender())
    assert (status, reason) == (response.status_code, response.json()["reason"])
    assert "application/problem+json" == response.headers["content-type"]


async def test_a_refusal_says_what_the_handler_says() -> None:
    """The detail of a rejected command is the handler's own, which names the field."""
    response = await ask(handled("rejected", {"reason": "due_changed", "detail": "due 1 is 2 now"}), FakeSender())
    assert ("due_changed", "due 1 is 2 now") == (response.json()["reason"], response.json()["detail"])


async def test_another_body_under_the_key_is_a_conflict() -> None:
    """The same key with another body is 409, whatever became of the first."""
    response = await ask(handled("applied", {"balance": 7}, fingerprint="another"), FakeSender())
    assert (409, "key_reused") == (response.status_code, response.json()["reason"])


async def test_the_record_says_who_and_what() -> None:
    """The command carries the computed id, the key of its contract, the fingerprint and the trace of the request."""
    sender = FakeSender()
    await ask(MemoryStore(), sender, traceparent=TRACEPARENT)
    (record,) = sender.sent
    envelope = from_headers(headers=record.headers)
    assert (this_command(), "teller.deposit.v1", b"alice") == (envelope.id, envelope.type, record.key)
    assert TRACEPARENT == envelope.traceparent
    assert fingerprint_of(type_=envelope.type, value=record.value or b"") == envelope.fingerprint


@pytest.mark.parametrize("key", ["", "a" * 201, "line\x07feed"])
async def test_a_bad_key_is_refused(key: str) -> None:
    """A missing, long or unprintable Idempotency-Key is 400, and nothing is published."""
    sender = FakeSender()
    response = await ask(MemoryStore(), sender, **{"Idempotency-Key": key})
    assert (400, []) == (response.status_code, sender.sent)


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic secret"])
@pytest.mark.parametrize("method, path", [("POST", "/accounts/alice/deposits"), ("GET", "/status")])
async def test_every_route_needs_the_token(authorization: str, method: str, path: str) -> None:
    """Without the token a route is 401 and does nothing."""
    sender = FakeSender()
    response = await ask(MemoryStore(), sender, method=method, path=path, Authorization=authorization)
    assert (401, []) == (response.status_code, sender.sent)


async def test_readiness_says_what_is_missing() -> None:
    """A process that lacks one of its needs is alive, and not ready."""
    live = await ask(MemoryStore(), FakeSender(), method="GET", path="/health/live", Authorization="")
    ready = await ask(MemoryStore(), FakeSender(), method="GET", path="/health/ready", Authorization="")
    assert (200, 503) == (live.status_code, ready.status_code)
    assert {"database": False, "broker": True} == ready.json()


async def test_an_unknown_path_is_a_problem() -> None:
    """A wrong address is answered as a problem, too."""
    response = await ask(MemoryStore(), FakeSender(), method="GET", path="/nowhere")
    assert (404, "application/problem+json") == (response.status_code, response.headers["content-type"])
