"""HTTP requests over connections that stay open: what a load generator needs, at a tenth of a full client's time."""

import asyncio
from collections.abc import Mapping

from embedded.ports import LOOPBACK

_OK = frozenset({b"200", b"201"})

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class IngressError(RuntimeError):
    """The answer was neither 200 nor 201."""

    def __init__(self, *, status: bytes, words: str) -> None:
        """Keep the status: some ask to be asked again."""
        super().__init__(words)
        self.status = status


class Ingress:
    """One server on this machine; a connection carries one request at a time, and there are as many as are needed."""

    def __init__(self, *, port: int) -> None:
        """Connect to nothing yet."""
        self._port = port
        self._idle: list[Connection] = []

    async def post(self, *, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Send a JSON body and return that of the answer."""
        lines = (
            f"POST {path} HTTP/1.1",
            f"host: {LOOPBACK}:{self._port}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        )
        connection = self._open() or await asyncio.open_connection(LOOPBACK, self._port)
        try:
            answer = await _exchange(connection, "\r\n".join((*lines, "", "")).encode() + body)
        except BaseException:
            connection[1].close()  # what may still come on it would be taken for the next answer
            raise
        self._idle.append(connection)
        return answer

    def _open(self) -> Connection | None:
        """Return a connection that the server has not closed for being idle."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    async def close(self) -> None:
        """Close all connections."""
        while self._idle:
            _, writer = self._idle.pop()
            writer.close()
            await writer.wait_closed()


async def _exchange(connection: Connection, request: bytes) -> bytes:
    reader, writer = connection
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    answer = await reader.readexactly(_length(head))
    status = head.split(b" ", 2)[1]
    if status not in _OK:
        raise IngressError(status=status, words=f"{head.splitlines()[0].decode()}: {answer.decode()}")
    return answer


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise IngressError(status=b"", words=f"an answer without a length: {head.decode()}")
