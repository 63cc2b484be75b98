"""Commands of payment's own: statements are imported from a file or fetched from the channel."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated

import typer

from chassis.administration import Administration
from chassis.service import Service
from payment.importing import Format, Imported, LineReader, import_statement, lines_of

CHUNK = 1 << 16


def add_imports(app: typer.Typer, service: Callable[[], Service]) -> None:
    """Add the command ``import-statement``."""

    @app.command("import-statement")
    def import_file(
        file: Annotated[
            Path, typer.Argument(exists=True, dir_okay=False, help="CSV, or .jsonl with one object a line")
        ],
        statement_id: Annotated[str | None, typer.Option(help="for lines that name none; else the file's name")] = None,
        channel: Annotated[str | None, typer.Option(help="for lines that name none")] = None,
    ) -> None:
        """Publish the lines of a statement as commands; importing a file again changes nothing."""
        form = Format.JSON_LINES if file.suffix in {".jsonl", ".ndjson", ".json"} else Format.CSV
        reader = LineReader(format=form, statement_id=statement_id or file.stem, channel=channel)
        imported = asyncio.run(_publish(service(), file, reader))
        for error in imported.errors:
            typer.echo(error, err=True)
        typer.echo(f"{imported.published} lines published, {imported.refused} refused")
        sys.exit(1 if imported.refused else 0)


async def _publish(service: Service, file: Path, reader: LineReader) -> Imported:
    async with Administration.of(service=service) as admin:
        return await import_statement(lines=lines_of(chunks=_chunks(file)), reader=reader, publish=admin.publish)


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            yield chunk
