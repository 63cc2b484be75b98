"""``python -m order audit``: check now, or look at what the regular audit has found, and close it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from chassis.service import Service
from order.audit.auditor import audit
from order.audit.peers import Peers
from order.audit.report import Report
from order.settings import OrderSettings

AtRest = Annotated[bool, typer.Option("--at-rest", help="nothing is under way: what still is counts as a violation")]


def add_audit(app: typer.Typer, service: Callable[[], Service], /) -> None:
    """Add the command to those of the service."""

    @app.command("audit")
    def run(*, at_rest: AtRest = False) -> None:
        """Check the invariants I1 to I9 over all services; exit code 1 on a violation, 2 when a service is silent."""
        report = asyncio.run(_audit(_settings(service), at_rest=at_rest))
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
