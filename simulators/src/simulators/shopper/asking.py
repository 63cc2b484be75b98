"""Asks until there is an answer: a broken connection, 202 and 5xx all say that it is unknown what was done.

Only for requests that may be asked again: they carry their id, and the second time changes nothing.
"""

import asyncio
from collections.abc import Mapping

import httpx

_UNKNOWN = frozenset({202, 500, 502, 503, 504})
_AGAIN_SECONDS = 0.3
_TRIES = 300


class RefusedError(Exception):
    """A request got an error that asking again cannot change."""


class NoAnswerError(RefusedError):
    """A request got no definite answer, however often it was asked."""


async def insist(
    *, client: httpx.AsyncClient, method: str, url: str, content: str | bytes = b"", headers: Mapping[str, str]
) -> httpx.Response:
    """Return the first definite answer."""
    last = "was never asked"
    for _ in range(_TRIES):
        try:
            answer = await client.request(method, url, content=content, headers=headers)
        except httpx.TransportError as error:
            last = repr(error)
        else:
            if answer.status_code not in _UNKNOWN:
                return answer
            last = f"{answer.status_code} {answer.text[:200]}"
        await asyncio.sleep(_AGAIN_SECONDS)
    raise NoAnswerError(f"{method} {url} got no answer in {_TRIES} tries, at last {last}")


def accepted(*, answer: httpx.Response) -> httpx.Response:
    """Return an answer that is no error; RefusedError says what it is else."""
    if answer.is_success:
        return answer
    request = answer.request
    raise RefusedError(f"{request.method} {request.url}: {answer.status_code} {answer.text[:500]}")
