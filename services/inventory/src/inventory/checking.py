"""The command that compares the counters with the movements, and sets them right when asked to."""

import asyncio
import json
import sys
from collections.abc import Callable

import typer

from chassis.service import Service
from inventory.gateway import CounterBooks


def add_check(app: typer.Typer, service: Callable[[], Service]) -> None:
    """Add `check-counters` to the commands."""

    @app.command("check-counters")
    def check_counters(*, rebuild: bool = False) -> None:
        """Show where stock is not what its movements add up to; exit code 1 when it is anywhere and was not rebuilt."""
        books = CounterBooks(url=service().settings.database_url.get_secret_value())
        drifts = asyncio.run(books.check(rebuild=rebuild))
        for drift in drifts:
            typer.echo(json.dumps(drift, sort_keys=True))
        typer.echo(f"{len(drifts)} of the rows of stock {'were rebuilt' if rebuild else 'differ'}")
        sys.exit(1 if drifts and not rebuild else 0)
