"""Target: statements of channels, as files and over HTTP they come as bytes."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from contracts.values import Contract
from fuzz.edits import drawn_edits, edited, edited_bytes
from fuzz.scenes import moments
from fuzz.target import Case, Target, Wrong
from payment.importing import Format, LineReader, import_statement, lines_of

LINE = "payment.record-statement-line.v1"
COLUMNS = (
    *("statement_id", "line_number", "attempt_id", "channel", "kind", "reference", "currency", "amount", "booked_at"),
)
CHUNK = 1_000


@dataclass(slots=True)
class Collector:
    """Takes what is published."""

    published: list[Contract] = field(default_factory=list)

    async def publish(self, *, command: Contract, message_id: str) -> asyncio.Future[object]:
        """Have it at once."""
        if not message_id:
            raise Wrong("a line is published without an id")
        self.published.append(command)
        done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


class Statements:
    """Every line of a statement is published, left out as empty, or refused by name."""

    def __init__(self) -> None:
        found = (each.record.value for moment in moments()["payment"] for each in moment.messages if each.type == LINE)
        self._lines = [json.loads(value or b"{}") for value in found]

    def draw(self, *, rng: Random) -> Case:
        """Draw a few lines, their format, and edits."""
        lines = [{name: each[name] for name in COLUMNS} for each in rng.sample(self._lines, 3)]
        form = rng.choice((Format.CSV, Format.JSON_LINES))
        return Case((form, lines), drawn_edits(rng=rng, document=lines, raw=0.3, mild=0.2))

    async def run(self, *, case: Case) -> bool:
        """Import the statement."""
        collector, content = Collector(), _file(case)
        reader = LineReader(format=case.seed[0], statement_id="file", channel="card")
        imported = await import_statement(
            lines=lines_of(chunks=_chunks(content)), reader=reader, publish=collector.publish
        )
        if imported.published != len(collector.published) or not all(imported.errors):
            raise Wrong(f"{imported.published} said, {len(collector.published)} published, {imported.errors}")
        head = case.seed[0] is Format.CSV and reader._names is not None
        if imported.published + imported.refused + head != _said(content):
            raise Wrong(f"of {_said(content)} lines, {imported.published} published, {imported.refused} refused")
        return not imported.refused

    def show(self, *, case: Case) -> str:
        """Show the file."""
        return f"{case.seed[0].value}: {_file(case)[:500]!r}"


def _said(content: bytes) -> int:
    """Count, by other code than the one under test, the lines that say something."""
    return sum(bool(line.strip()) for line in content.decode("utf-8", "replace").split("\n"))


def _file(case: Case) -> bytes:
    form, lines = case.seed
    changed = edited(document=lines, edits=case.edits)
    rows = changed if isinstance(changed, list) else []
    text = _as_json_lines(rows) if form is Format.JSON_LINES else _as_csv(rows)
    return edited_bytes(raw=text, edits=case.edits)


def _as_json_lines(rows: list[Any]) -> bytes:
    return "\n".join(json.dumps(each) for each in rows).encode()


def _as_csv(rows: list[Any]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for each in rows:
        writer.writerow([each.get(name, "") for name in COLUMNS] if isinstance(each, dict) else [each])
    return out.getvalue().encode("utf-8", "surrogatepass")


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    for begin in range(0, len(content), CHUNK):
        yield content[begin : begin + CHUNK]


@asynccontextmanager
async def statements(address: str) -> AsyncIterator[Target]:
    """Open the target."""
    del address
    yield Statements()
