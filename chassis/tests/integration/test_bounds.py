"""A server of the chassis on a socket: what it says to bodies without end, and how long it waits for a caller."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from fastapi import APIRouter, Request
from pydantic import BaseModel

from chassis import bounds
from chassis.bounds import LONGEST_BODY, STREAMED
from chassis.http import Server, build_http, build_server
from chassis.telemetry import Telemetry
from embedded.eventually import eventually

HEAD = b"POST /%b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Type: application/json\r\n"
GOOD = HEAD % b"kept" + b"Content-Length: 15\r\n\r\n" + b'{"text":"good"}'
PIECE = 64 * 1024


class Text(BaseModel):
    text: str


def routes() -> APIRouter:
    router = APIRouter()

    @router.post("/kept")
    async def keep(body: Text) -> int:
        return len(body.text)

    @router.post("/read")
    async def read(request: Request) -> int:
        return len(await request.body())

    @router.post("/streamed", openapi_extra=STREAMED)
    async def stream(request: Request) -> int:
        return sum([len(piece) async for piece in request.stream()])

    return router


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setattr(bounds, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(bounds, "BODY_SECONDS", 0.5)

    async def ready() -> dict[str, bool]:
        return {}

    telemetry = Telemetry.to(service="teller", endpoint=None)
    app = build_http(service="teller", token="t", telemetry=telemetry, ready=ready, status=dict, router=routes())
    server = build_server(app=app, host="127.0.0.1", port=0)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    yield server
    server.should_exit = True
    await serving


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """Return everything that comes before the server ends the connection."""
    return await asyncio.wait_for(reader.read(), 30)


@pytest.mark.parametrize("path", [b"kept", b"read"])
async def test_a_body_that_declares_too_much_is_refused(server: Server, path: bytes) -> None:
    """A body whose declared length is above the limit is 413 as a problem before any of it has come."""
    async with connected(server) as (reader, writer):
        writer.write(HEAD % path + b"Content-Length: %d\r\n\r\n" % (LONGEST_BODY + 1))
        answer = await until_closed(reader)
    assert (b"HTTP/1.1 413", True) == (answer[:12], b"application/problem+json" in answer)


@pytest.mark.parametrize("path", [b"kept", b"read"])
async def test_a_body_that_becomes_too_large_is_refused(server: Server, path: bytes) -> None:
    """A body of unknown length is 413 as a problem as soon as it is above the limit."""
    async with connected(server) as (reader, writer):
        writer.write(HEAD % path + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(LONGEST_BODY // PIECE + 1):
            writer.write(b"%x\r\n%b\r\n" % (PIECE, b" " * PIECE))
        answer = await until_closed(reader)
    assert (b"HTTP/1.1 413", True) == (answer[:12], b"application/problem+json" in answer)


async def test_a_streamed_body_may_be_of_any_size(server: Server) -> None:
    """A route that keeps nothing of its body reads more than the limit."""
    size = 3 * LONGEST_BODY
    async with connected(server) as (reader, writer):
        writer.write(HEAD % b"streamed" + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % size + b" " * size)
        answer = await until_closed(reader)
    assert (b"HTTP/1.1 200", b"%d" % size) == (answer[:12], answer.rpartition(b"\n")[2])


@pytest.mark.parametrize("path", [b"kept", b"read", b"streamed"])
async def test_a_body_that_does_not_come_is_not_waited_for(server: Server, path: bytes) -> None:
    """Half a body is 408 as a problem after a bounded time, and the connection ends."""
    async with connected(server) as (reader, writer):
        writer.write(HEAD % path + b"Content-Length: 100\r\n\r\nhalf")
        answer = await until_closed(reader)
    assert (b"HTTP/1.1 408", True) == (answer[:12], b"application/problem+json" in answer)


@pytest.mark.parametrize("begin, answers", [(b"", 0), (GOOD, 1)])
async def test_a_head_byte_by_byte_is_not_waited_for(server: Server, begin: bytes, answers: int) -> None:
    """A caller who says a request byte by byte and never ends is cut off, first thing and after an answer."""
    heard = b""
    async with connected(server) as (reader, writer):
        writer.write(begin)

        async def is_cut_off() -> bool:
            nonlocal heard
            with suppress(TimeoutError):
                async with asyncio.timeout(0.01):
                    heard += await reader.read(PIECE)
                return reader.at_eof()
            writer.write(b"G")
            return False

        with suppress(ConnectionError):
            await eventually(is_cut_off, within=30)
    assert answers == heard.count(b"HTTP/1.1 200")


async def test_who_goes_in_the_middle_of_a_body_is_no_error(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """A caller who closes the connection before the body is whole leaves no exception behind."""
    for path in (b"kept", b"read", b"streamed"):
        async with connected(server) as (_, writer):
            writer.write(HEAD % path + b"Content-Length: 100\r\n\r\nhalf")
            await writer.drain()
    await eventually(lambda: not server.server_state.connections and not server.server_state.tasks)
    assert [] == [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


BROKEN = HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"no chunk\r\n"


@pytest.mark.parametrize("path", [b"kept", b"nowhere"])
async def test_a_body_that_breaks_at_once_is_refused_once(
    server: Server, caplog: pytest.LogCaptureFixture, path: bytes
) -> None:
    """A body that is no HTTP is 400 before its route has answered, whose answer is dropped without an exception."""
    async with connected(server) as (reader, writer):
        writer.write(b"".join(BROKEN) % path)
        answer = await until_closed(reader)
    await eventually(lambda: not server.server_state.tasks)
    assert [b"400"] == re.findall(rb"HTTP/1.1 (\d+)", answer)
    assert [] == [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


async def test_a_body_that_breaks_after_the_answer_is_cut_off(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """A body that is no HTTP and comes after the answer ends the connection without a second answer or an exception."""
    head, broken = BROKEN
    async with connected(server) as (reader, writer):
        writer.write(head % b"nowhere")
        answer = await reader.readline()
        writer.write(broken)
        answer += await until_closed(reader)
    assert [b"404"] == re.findall(rb"HTTP/1.1 (\d+)", answer)
    assert [] == [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
