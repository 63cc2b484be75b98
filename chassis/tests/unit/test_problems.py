"""Requests that the service's own routes never see, or that the database refuses."""

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, FastAPI
from ports import NOW, FakeSender
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from toys.messages import REGISTRY, DepositV1

from chassis.answers import Answers
from chassis.commands import Commands
from chassis.http import build_http
from chassis.problems import MEDIA_TYPE
from chassis.sources import ManualClock
from chassis.store.errors import BadData, StoreError, Unavailable
from chassis.store.memory import MemoryStore
from chassis.store.translation import translate
from chassis.telemetry import Telemetry


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


def application(*, error: StoreError | None = None, sender: FakeSender | None = None) -> FastAPI:
    router = APIRouter()
    commands = Commands(
        service="teller",
        registry=REGISTRY,
        sender=sender or FakeSender(),
        answers=Answers(store=MemoryStore()),
        clock=ManualClock(NOW),
        wait_seconds=0.05,
        traceparent=lambda _request: None,
    )

    @router.get("/things/{thing}")
    async def show(thing: str, after: str = "") -> dict[str, str]:
        if error is not None:
            raise error
        return {thing: after}

    @router.post("/closed")
    async def closed(body: Closed) -> None:
        """Take nothing."""

    @router.post("/deposits")
    async def deposit(body: DepositV1, request: Request) -> Response:
        return await commands.submit(request=request, customer="c", command=body)

    async def ready() -> dict[str, bool]:
        return {}

    telemetry = Telemetry.to(service="teller", endpoint=None)
    return build_http(service="teller", token="t", telemetry=telemetry, ready=ready, status=dict, router=router)


async def ask(app: FastAPI, method: str, path: str, content: bytes = b"") -> httpx.Response:
    headers = {"Authorization": "Bearer t", "Idempotency-Key": "k", "Content-Type": "application/json"}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://teller", headers=headers) as client:
        return await client.request(method, path, content=content)


def fields(answer: httpx.Response) -> list[str]:
    assert (422, MEDIA_TYPE) == (answer.status_code, answer.headers["content-type"])
    return [each["field"] for each in answer.json()["fields"]]


@pytest.mark.parametrize("path, field", [("/things/a%00b", "path.thing"), ("/things/a?after=%00", "query.after")])
async def test_nul_in_the_address_is_named(path: str, field: str) -> None:
    """A NUL in a path or a query is 422 with its name, and not an error of the database."""
    assert [field] == fields(await ask(application(), "GET", path))


async def test_nul_in_a_write_is_named_and_not_sent() -> None:
    """A NUL in a body is 422 with its field before anything is published; set aside later, it would be a 500."""
    sender = FakeSender()
    body = b'{"account":"a\\u0000","number":1,"amount":1}'
    assert ["account"] == fields(await ask(application(sender=sender), "POST", "/deposits", body))
    assert [] == sender.sent


async def test_field_that_utf8_cannot_say_is_answered() -> None:
    """A body with a field whose name is a lone surrogate is refused as a whole, in JSON that can be read."""
    assert ["body"] == fields(await ask(application(), "POST", "/closed", b'{"\\ud800": 1}'))


async def test_what_the_database_refuses_is_422() -> None:
    """A read that the database refuses for its values is a request of the wrong form."""
    assert ["request"] == fields(await ask(application(error=BadData("out of range")), "GET", "/things/a"))


async def test_database_that_is_away_is_503() -> None:
    """A read without a database says that it may be asked again."""
    answer = await ask(application(error=Unavailable("away")), "GET", "/things/a")
    assert (503, "unavailable") == (answer.status_code, answer.json()["reason"])


def test_too_much_for_the_database_is_bad_data() -> None:
    """A value too long for an index will not pass later: it is refused, and not tried again without end."""
    error = asyncpg.ProgramLimitExceededError("index row size 2712 exceeds btree version 4 maximum 2704")
    assert isinstance(translate(error), BadData)


def test_refusal_of_the_driver_keeps_the_value_to_itself() -> None:
    """What the driver cannot send is refused by place and reason; the value may be private."""
    text = "invalid input for query argument $2: ['Ann (at home)'] (value out of int32 range)"
    refused = translate(asyncpg.exceptions._base.DataError(text))
    assert "DataError: invalid input for query argument $2 (value out of int32 range)" == str(refused)
