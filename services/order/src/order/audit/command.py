"""``python -m order audit``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from chassis.service import Service
from order.audit.auditor import audit
from order.audit.peers import Peer, Peers, SilentPeer
from order.audit.report import Report
from order.settings import OrderSettings

AtRest = Annotated[bool, typer.Option("--at-rest", help="nothing is under way: what still is counts as a violation")]


def add_audit(app: typer.Typer, service: Callable[[], Service], /) -> None:
    """Add the command to those of the service."""

    @app.command("audit")
    def run(*, at_rest: AtRest = False) -> None:
        """Check the invariants I1 to I9 over all services; exit code 1 on a violation, 2 when a service is silent."""
        settings = service().settings
        assert isinstance(settings, OrderSettings)  # noqa: S101 - a fact for the type checker, by __main__
        try:
            report = asyncio.run(_audit(settings, at_rest=at_rest))
        except SilentPeer as error:
            typer.echo(f"audit: {error}", err=True)
            sys.exit(2)
        for line in report.lines():
            typer.echo(line)
        sys.exit(1 if report.violations else 0)


async def _audit(settings: OrderSettings, *, at_rest: bool) -> Report:
    own = Peer(url=f"http://127.0.0.1:{settings.http_port}", token=settings.api_token)
    async with Peers(peers={"order": own, **settings.audit_peers}) as peers:
        return await audit(peers=peers, at_rest=at_rest)
