"""The small HTTP client, against a server that answers as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from bench.ingress import Ingress, IngressError


@asynccontextmanager
async def _answering(answer: bytes, asked: list[bytes]) -> AsyncIterator[Ingress]:
    talks: list[asyncio.Event] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over = asyncio.Event()
        talks.append(over)
        with suppress(asyncio.IncompleteReadError):
            while True:
                asked.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(2))
                writer.write(answer)
        writer.close()
        await writer.wait_closed()
        over.set()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        ingress = Ingress(port=server.sockets[0].getsockname()[1])
        yield ingress
        await ingress.close()
        await asyncio.gather(*(over.wait() for over in talks))


async def test_a_body_is_sent_and_read() -> None:
    """Two requests go over one connection, with body and header, and their answers are read whole."""
    asked: list[bytes] = []
    async with _answering(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue", asked) as ingress:
        answers = [await ingress.post(path="/x", body=b"{}", headers={"a": "b"}) for _ in range(2)]
    assert [b"true", b"true"] == answers
    assert len(asked) == 2
    assert asked[0].startswith(b"POST /x HTTP/1.1\r\n")
    assert asked[0].endswith(b"a: b\r\n\r\n{}")


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nno", b"HTTP/1.1 200 OK\r\nconnection: keep-alive\r\n\r\n"]
)
async def test_another_answer_is_an_error(answer: bytes) -> None:
    """An answer that is not 200, or that has no length, is an error and no result."""
    async with _answering(answer, []) as ingress:
        with pytest.raises(IngressError):
            await ingress.post(path="/x", body=b"{}", headers={})


async def test_a_connection_that_was_closed_is_left() -> None:
    """What the server closed while it was idle is not used again: the next request has a connection of its own."""
    connections = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        ingress = Ingress(port=server.sockets[0].getsockname()[1])
        assert b"ok" == await ingress.post(path="/x", body=b"", headers={})
        assert b"" == await ingress._idle[0][0].read()
        assert b"ok" == await ingress.post(path="/x", body=b"", headers={})
        await ingress.close()
    assert connections == 2
