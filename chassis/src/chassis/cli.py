"""The command line of every service: serve, migrate, saga, dead-letters, republish; without arguments it says so."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from chassis.administration import Administration, NoSagas, NotReplayable
from chassis.broker import BrokerUnavailable
from chassis.kafka.topics import WrongTopics
from chassis.logs import set_up_logs
from chassis.message import explain
from chassis.migrating import MigrationError, migrate
from chassis.opening import NotMigrated
from chassis.service import Service
from chassis.serving import serve as serve_service
from chassis.settings import ServiceSettings, SettingsError, read_database, read_settings
from chassis.store.errors import StoreError

S = TypeVar("S", bound=ServiceSettings)

Reason = Annotated[str, typer.Option(help="why; it is kept")]
_AT = typer.Option(
    help="the step at which it was seen, with 'undo ' before it on the way back: refused when it has gone on"
)
At = Annotated[str, _AT]
Who = Annotated[str, typer.Option(help="who decides this")]


More = Callable[[typer.Typer, Callable[[], Service]], None]
"""Adds commands of a service's own."""

REFUSALS = (
    *(SettingsError, NotMigrated, MigrationError, WrongTopics, BrokerUnavailable, StoreError),
    *(NoSagas, NotReplayable, ValidationError),
)
"""What is wrong with settings, servers or what was asked for: one line, no stack trace."""


def main(*, name: str, settings: type[S], build: Callable[..., Service], more: More | None = None) -> None:
    """Run one command; what is wrong with settings, database or topics is one line and exit code 2."""
    app = typer.Typer(
        name=name,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # it prints local variables, and those hold secrets
        help=f"The {name} service.",
    )

    def service() -> Service:
        read = read_settings(of=settings)
        set_up_logs(service=name, level=read.log_level)
        return build(settings=read)

    _add_serving(app, service)
    _add_migrating(app, name, settings)
    _add_saga(app, service)
    _add_dead_letters(app, service)
    if more is not None:
        more(app, service)
    try:
        app()
    except REFUSALS as error:
        words = explain(error) if isinstance(error, ValidationError) else str(error)
        typer.echo(f"{type(error).__name__}: {words}", err=True)
        sys.exit(2)


def _add_serving(app: typer.Typer, service: Callable[[], Service]) -> None:
    @app.command("serve")
    def serve() -> None:
        """Work until SIGTERM; exit code 0 when everything begun was finished."""
        sys.exit(0 if _run(serve_service(service=service())) else 1)

    @app.command("republish")
    def republish(since: Annotated[str, typer.Option(help="RFC 3339, or hours back such as 6h")]) -> None:
        """Let the owners send the log since a time again."""
        moment = _moment(since)
        sent = _run(_with(service(), lambda admin: admin.republish(since=moment)))
        typer.echo(f"asked the owners of {sent} shards to send everything since {moment.isoformat()} again")


def _add_migrating(app: typer.Typer, name: str, settings: type[ServiceSettings]) -> None:
    @app.command("migrate")
    def migrate_database() -> None:
        """Bring the database up to date; the address of the database is all that this needs."""
        url = read_database(of=settings).database_url.get_secret_value()
        package = settings.__module__.rpartition(".")[0]  # migrations lie beside the service's settings
        for each in _run(migrate(url=url, package=package)):
            typer.echo(f"applied {each.source} {each.number:04} {each.name}")
        typer.echo(f"{name}: up to date")


def _add_saga(app: typer.Typer, service: Callable[[], Service]) -> None:
    saga = typer.Typer(no_args_is_help=True, help="Look at sagas and operate them.")
    app.add_typer(saga, name="saga")

    @saga.command("ls")
    def ls() -> None:
        """List sagas that are not at their end."""
        _show(_run(_with(service(), lambda admin: admin.sagas())))

    @saga.command("show")
    def show(order_id: str) -> None:
        """Show the sagas of one order."""
        _show(_run(_with(service(), lambda admin: admin.sagas_of(order_id=order_id))))

    def operate(verb: str, order_id: str, name: str, who: str, reason: str, at: str | None) -> None:
        made = _with(
            service(),
            lambda admin: admin.operate(verb=verb, order_id=order_id, saga=name, operator=who, reason=reason, step=at),
        )
        typer.echo(f"sent {verb} of {name} of {order_id} as message {_run(made)}")

    @saga.command("retry")
    def retry(
        order_id: str, name: str, who: Who, reason: Reason = "retry", at: Annotated[str | None, _AT] = None
    ) -> None:
        """Try the saga's step again, with a new budget."""
        operate("retry", order_id, name, who, reason, at)

    @saga.command("skip")
    def skip(order_id: str, name: str, who: Who, reason: Reason, at: At) -> None:
        """Go on as if the step had succeeded."""
        operate("skip", order_id, name, who, reason, at)

    @saga.command("force")
    def force(order_id: str, name: str, who: Who, reason: Reason, at: At) -> None:
        """Bring the saga to its end as it is."""
        operate("force", order_id, name, who, reason, at)


def _add_dead_letters(app: typer.Typer, service: Callable[[], Service]) -> None:
    letters = typer.Typer(no_args_is_help=True, help="Look at dead letters and replay them.")
    app.add_typer(letters, name="dead-letters")

    @letters.command("ls")
    def ls(limit: int = 100) -> None:
        """List dead letters that were not replayed."""
        _show(_run(_with(service(), lambda admin: admin.dead_letters(limit=limit))))

    @letters.command("replay")
    def replay(message_id: str) -> None:
        """Publish the record of a dead letter again, as it was."""
        found = _run(_with(service(), lambda admin: admin.replay(message_id=message_id)))
        typer.echo("published again" if found else "there is no such dead letter")
        sys.exit(0 if found else 1)


T = TypeVar("T")


async def _with(service: Service, action: Callable[[Administration], Coroutine[Any, Any, T]]) -> T:
    async with Administration.of(service=service) as admin:
        return await action(admin)


def _run(work: Coroutine[Any, Any, T]) -> T:
    if sys.platform == "win32":
        return asyncio.run(work)
    import uvloop  # noqa: PLC0415 - there is none for Windows

    return uvloop.run(work)


def _show(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        typer.echo(json.dumps(row, default=str, sort_keys=True))


def _moment(text: str) -> datetime:
    now = datetime.now().astimezone()
    try:
        if text.endswith("h") and text[:-1].isdigit():
            return now - timedelta(hours=int(text[:-1]))
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"--since is {text[:40]!r}: RFC 3339, or hours back such as 6h") from None
