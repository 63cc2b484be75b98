"""``python -m order audit``: check now, or look at what the regular audit has found, and close it."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import httpx
import typer

from chassis.service import Service
from order.audit.auditor import audit
from order.audit.peers import Peers
from order.audit.report import Report
from order.settings import OrderSettings

AtRest = Annotated[bool, typer.Option("--at-rest", help="nothing is under way: what still is counts as a violation")]
Open = Annotated[bool, typer.Option("--open", help="list the open exceptions of the regular audit instead")]
Close = Annotated[str, typer.Option("--close", metavar="NUMBER", help="close an exception instead")]
Who = Annotated[str, typer.Option("--who", help="who closes it")]
Reason = Annotated[str, typer.Option("--reason", help="why it is closed")]
PAGE = 100


def add_audit(app: typer.Typer, service: Callable[[], Service], /) -> None:
    """Add the command to those of the service."""

    @app.command("audit")
    def run(
        *,
        at_rest: AtRest = False,
        list_open: Open = False,
        close: Close = "",
        who: Who = "",
        reason: Reason = "",
    ) -> None:
        """Check the invariants I1 to I9 over all services; exit code 1 on a violation, 2 when a service is silent.

        With --open and --close it looks at the exceptions of the regular audit; exit code 1 when there are open ones.
        """
        settings = _settings(service)
        if close:
            sys.exit(_close(settings, close, who, reason))
        if list_open:
            sys.exit(_list(settings))
        report = asyncio.run(_audit(settings, at_rest=at_rest))
        for line in report.lines():
            typer.echo(line)
        sys.exit(report.exit_code)


def _settings(service: Callable[[], Service]) -> OrderSettings:
    settings = service().settings
    assert isinstance(settings, OrderSettings)  # noqa: S101 - a fact for the type checker, by __main__
    return settings


async def _audit(settings: OrderSettings, *, at_rest: bool) -> Report:
    async with Peers(peers=settings.peers) as peers:
        return await audit(peers=peers, at_rest=at_rest)


def _client(settings: OrderSettings) -> httpx.Client:
    own = settings.peers["order"]
    return httpx.Client(base_url=own.url, headers={"Authorization": f"Bearer {own.token.get_secret_value()}"})


def _list(settings: OrderSettings) -> int:
    found = 0
    try:
        with _client(settings) as client:
            for each in _exceptions(client):
                found += 1
                typer.echo(
                    f"{each['exception_id']}  {each['invariant']}  {each['age_seconds']} s  "
                    f"{each['owner']}: {each['subject']}: {each['found']} ({each['says']})"
                )
    except httpx.HTTPError as error:
        typer.echo(f"audit: order does not answer: {error!r}", err=True)
        return 2
    typer.echo(f"{found} open exceptions")
    return 1 if found else 0


def _exceptions(client: httpx.Client) -> Iterator[dict[str, Any]]:
    after = ""
    while page := client.get("/exceptions", params={"after": after, "limit": PAGE}).raise_for_status().json():
        yield from page
        after = page[-1]["exception_id"]


def _close(settings: OrderSettings, number: str, who: str, reason: str) -> int:
    if not who or not reason:
        typer.echo("audit: --close needs --who and --reason", err=True)
        return 2
    try:
        with _client(settings) as client:
            answer = client.post(
                f"/exceptions/{number}/close",
                json={"operator": who, "reason": reason},
                headers={"Idempotency-Key": str(uuid.uuid4())},
            )
    except httpx.HTTPError as error:
        typer.echo(f"audit: order does not answer: {error!r}", err=True)
        return 2
    typer.echo(answer.text)
    return 0 if answer.status_code == httpx.codes.OK else 1
