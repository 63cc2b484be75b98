"""Bad input as bytes on a socket: requests that no HTTP library would send, to a server that really listens."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from fuzz.target import Wrong
from fuzz.words import RAW

PATIENCE_SECONDS = 60.0
"""Longer than any server of ours waits for the rest of a request, three times over."""

SENTINEL = b"\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
"""Ends what was left open, and asks for an answer after which the connection closes."""

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
JUNK = (*RAW, b"\0", b"\xff\xfe", b"\r", b"\n", b"\r\n\r\n", b" ", b":", b"\x16\x03\x01\x02\x00\x01", b"%", b"\xc3")
LENGTHS = (
    b"-1",
    b"+5",
    b"0x5",
    b"5, 5",
    b"5, 6",
    b"",
    b" ",
    b"five",
    b"1e3",
    b"9" * 30,
    b"4294967296",
    b"600000",
    b"0",
)
CHUNKS = (
    b"zz\r\n",
    b"-1\r\n",
    b"5\r\nab\r\n",
    b"1" * 40 + b"\r\n",
    b"5;" + b"x" * 70_000,
    b"0\r\nX: \0\r\n\r\n",
    b"\r\n",
)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n"
HUGE = 600 * 1024


@dataclass(frozen=True, slots=True)
class Door:
    """Where a service listens, and what it asks for."""

    port: int
    token: str
    get: bytes
    post: bytes


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said on one connection; whoever ``leaves`` does not wait for an answer."""

    kind: str
    said: bytes
    leaves: bool = False


Made = Callable[[Random, Door], Spoken]


def spoken(*, rng: Random, door: Door) -> Spoken:
    """Draw what is said."""
    return KINDS[rng.choice(tuple(KINDS))](rng, door)


async def say(*, door: Door, spoken: Spoken) -> list[int]:
    """Say it, and return the statuses of the answers; a 5xx is wrong, and so is a connection that stays open."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            heard = await _exchange(door, spoken)
    except TimeoutError:
        raise Wrong(f"{spoken.kind}: neither answered nor closed: {spoken.said[:300]!r}") from None
    statuses = [int(status) for status in STATUS.findall(heard)]
    if any(status >= 500 for status in statuses):
        raise Wrong(f"{spoken.kind}: {heard[:300]!r} to {spoken.said[:300]!r}")
    return statuses


async def _exchange(door: Door, spoken: Spoken) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    heard = bytearray()
    try:
        with suppress(ConnectionError):
            writer.write(spoken.said)
            if spoken.leaves:
                await writer.drain()
            else:
                writer.write(SENTINEL)
                while piece := await reader.read(65_536):
                    heard += piece
    finally:
        if spoken.leaves:
            writer.transport.abort()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    return bytes(heard)


def _head(door: Door, line: bytes, more: bytes = b"") -> bytes:
    return line + b" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + door.token.encode() + b"\r\n" + more + b"\r\n"


def _posted(door: Door, more: bytes, body: bytes) -> bytes:
    return _head(door, b"POST " + door.post, b"Content-Type: application/json\r\nIdempotency-Key: k\r\n" + more) + body


def _body(rng: Random) -> bytes:
    return json.dumps({f"field-{rng.randrange(9)}": rng.randrange(10**9)}).encode()


def _line(rng: Random, door: Door) -> Spoken:
    parts = [b"GET", door.get, b"HTTP/1.1"]
    parts[rng.randrange(3)] = rng.choice(
        (*JUNK, b"HTTP/9.9", b"HTTP/1.0", b"G\0T", b"//", b"*", b"http://" + b"a" * 9_000)
    )
    ends = rng.choice((b"\r\n\r\n", b"\n\n", b"\r\n"))
    return Spoken("request line", rng.choice((b" ", b"  ", b"\t", b"")).join(parts) + ends)


def _length(rng: Random, door: Door) -> Spoken:
    lengths = b"".join(b"Content-Length: " + rng.choice(LENGTHS) + b"\r\n" for _ in range(rng.randint(1, 2)))
    both = CHUNKED if rng.random() < 0.2 else b""
    return Spoken("content-length", _posted(door, lengths + both, _body(rng)))


def _chunks(rng: Random, door: Door) -> Spoken:
    coding = rng.choice((CHUNKED, b"Transfer-Encoding: gzip, chunked\r\n", CHUNKED * 2, b"Transfer-Encoding: \0\r\n"))
    return Spoken("chunks", _posted(door, coding, b"".join(rng.sample(CHUNKS, 3))))


def _half(rng: Random, door: Door) -> Spoken:
    whole = _posted(door, b"Content-Length: 50\r\n", b"{" + b" " * 49)
    return Spoken("half a request", whole[: rng.randrange(len(whole))], leaves=True)


def _flood(rng: Random, door: Door) -> Spoken:
    many = b"".join(b"X-%d: %b\r\n" % (number, b"y" * 50) for number in range(rng.choice((50, 500, 5_000))))
    return Spoken(
        "header flood", _head(door, b"GET " + door.get, rng.choice((many, b"X: " + b"z" * 200_000 + b"\r\n")))
    )


def _nul(rng: Random, door: Door) -> Spoken:
    request = _head(door, b"GET " + door.get)
    place = rng.randrange(len(request))
    return Spoken("NUL", request[:place] + b"\0" + request[place:])


def _pipeline(rng: Random, door: Door) -> Spoken:
    right, body = _head(door, b"GET " + door.get), _body(rng)
    wrong = _posted(door, b"Content-Length: %d\r\n" % len(body), body)
    says = [
        rng.choice((right, wrong, rng.choice(JUNK) if rng.random() < 0.1 else right)) for _ in range(rng.randint(2, 20))
    ]
    return Spoken("pipeline", b"".join(says), leaves=rng.random() < 0.2)


def _not_text(rng: Random, door: Door) -> Spoken:
    bad = rng.choice((b"\xff", b"%ff%fe", b"%c3%28", b"%", b"%zz", b"\xc3\x28", b"%00", b"%ed%a0%80"))
    return Spoken("not UTF-8", _head(door, b"GET " + rng.choice((door.get + b"/" + bad, door.get + b"?after=" + bad))))


def _huge(rng: Random, door: Door) -> Spoken:
    if rng.random() < 0.5:
        return Spoken("huge body", _posted(door, b"Content-Length: %d\r\n" % HUGE, b" " * HUGE))
    return Spoken("huge body", _posted(door, CHUNKED, (b"8000\r\n" + b" " * 0x8000 + b"\r\n") * (HUGE // 0x8000 + 1)))


def _another_protocol(rng: Random, door: Door) -> Spoken:
    upgrade = _head(door, b"GET " + door.get, UPGRADE)
    return Spoken(
        "another protocol", rng.choice((PREFACE, upgrade, b"\x16\x03\x01" + rng.randbytes(200), b"SSH-2.0-x\r\n"))
    )


def _edited(rng: Random, door: Door) -> Spoken:
    body = _body(rng)
    request = _posted(door, b"Content-Length: %d\r\n" % len(body), body)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(request))
        request = request[:place] + rng.choice((b"", *JUNK, rng.randbytes(1))) + request[place + rng.randint(0, 3) :]
    return Spoken("edited bytes", request)


KINDS: Mapping[str, Made] = {
    "request line": _line,
    "content-length": _length,
    "chunks": _chunks,
    "half a request": _half,
    "header flood": _flood,
    "NUL": _nul,
    "pipeline": _pipeline,
    "not UTF-8": _not_text,
    "huge body": _huge,
    "another protocol": _another_protocol,
    "edited bytes": _edited,
}
