"""Statements come in as CSV or JSON lines, line by line: a million of them take no more memory than one.

Columns (or members): line_number, attempt_id, kind, reference, currency, amount (minor units), booked_at; statement_id
and channel too, unless they are given for the whole file. The attempt's id holds the order's.
"""

from __future__ import annotations

import asyncio
import csv
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

import orjson
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from chassis.broker import BrokerUnavailable
from contracts.payment import RecordStatementLineV1

NAMESPACE = uuid.UUID("0d6f4b52-9f0e-5b7e-8a39-3d0f7d9c2b11")
LONGEST_LINE = 10_000
REPORTED = 100
SEND_SECONDS = 30.0
AT_ONCE = 500
WHOLE = ("line_number", "amount")

T = TypeVar("T")

Publish = Callable[..., Coroutine[Any, Any, asyncio.Future[object]]]


class Format(StrEnum):
    """How a statement is written."""

    CSV = "csv"
    JSON_LINES = "jsonl"


class BadLine(ValueError):
    """A line cannot be read; the message names the field."""


@dataclass(slots=True)
class LineReader:
    """Reads one line after the other into commands."""

    format: Format
    statement_id: str | None = None
    channel: str | None = None
    _names: list[str] | None = None

    def read(self, text: str) -> RecordStatementLineV1 | None:
        """Return the command of a line, None for an empty one and the head of a CSV; BadLine names what is wrong."""
        if not text.strip():
            return None
        if len(text) > LONGEST_LINE:
            raise BadLine(f"the line has {len(text)} characters: at most {LONGEST_LINE} are allowed")
        values = self._json(text) if self.format is Format.JSON_LINES else self._csv(text)
        return None if values is None else self._command(values)

    def _csv(self, text: str) -> dict[str, Any] | None:
        try:
            cells = next(csv.reader([text]))
        except csv.Error as error:
            raise BadLine(f"the line is not CSV: {error}") from error
        if self._names is None:
            self._names = [cell.strip() for cell in cells]
            return None
        if len(cells) != len(self._names):
            raise BadLine(f"the line has {len(cells)} cells, the head {len(self._names)}")
        return dict(zip(self._names, cells, strict=True))

    def _json(self, text: str) -> dict[str, Any]:
        try:
            values = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise BadLine(f"the line is not JSON: {error}") from error
        if not isinstance(values, dict):
            raise BadLine("the line is not a JSON object")
        return values

    def _command(self, values: dict[str, Any]) -> RecordStatementLineV1:
        for name in WHOLE:
            _check_whole(name, values.get(name))
        order_id = str(values.get("attempt_id", "")).rpartition("-")[0]
        given = {
            "statement_id": self.statement_id,
            "channel": self.channel,
            **{name: value for name, value in values.items() if value not in ("", None)},
            "order_id": order_id,
        }
        try:
            return RecordStatementLineV1.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            raise BadLine(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


@dataclass(slots=True)
class Imported:
    """What became of a statement: lines published, lines refused, and what is wrong with the first of those."""

    published: int = 0
    refused: int = 0
    errors: list[str] = field(default_factory=list)

    def refuse(self, *, place: int, error: BadLine) -> None:
        """Note a line that cannot be read."""
        self.refused += 1
        if len(self.errors) < REPORTED:
            self.errors.append(f"line {place}: {error}")


async def import_statement(*, lines: AsyncIterator[str], reader: LineReader, publish: Publish) -> Imported:
    """Publish each line that can be read as a command; the same line again is the same message."""
    imported = Imported()
    sent: list[asyncio.Future[object]] = []
    place = 0
    async for text in lines:
        place += 1
        try:
            command = reader.read(text)
        except BadLine as error:
            imported.refuse(place=place, error=error)
            continue
        if command is not None:
            sent.append(await _within(publish(command=command, message_id=message_id_of(command=command))))
            imported.published += 1
        if len(sent) >= AT_ONCE:
            await _within(asyncio.gather(*sent))
            sent.clear()
    await _within(asyncio.gather(*sent))
    return imported


async def _within(work: Awaitable[T]) -> T:
    """Wait for the broker, but not for ever; an import that broke off is made again, and its lines are the same."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            return await work
    except (TimeoutError, KafkaError) as error:
        raise BrokerUnavailable(f"the broker did not take the lines: {error!r}") from error


def _check_whole(name: str, value: object) -> None:
    """Refuse 100.00: read as minor units it would be another amount."""
    written = value.removeprefix("-") if isinstance(value, str) else ""
    if not (type(value) is int or (written.isascii() and written.isdigit())):
        raise BadLine(f"{name}: {str(value)[:40]!r} is no whole number")


def message_id_of(*, command: RecordStatementLineV1) -> str:
    """Return the id under which this line is published, however often its file is imported."""
    return str(uuid.uuid5(NAMESPACE, command.model_dump_json()))


async def lines_of(*, chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Cut a stream of bytes into lines; of one that does not end in time only the beginning, which is refused later."""
    rest, cut = b"", False
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        if cut and whole:
            whole, cut = whole[1:], False
        for line in whole:
            yield line.decode("utf-8", "replace").rstrip("\r")
        if cut:
            rest = b""
        elif len(rest) > LONGEST_LINE * 4:
            yield rest.decode("utf-8", "replace")
            rest, cut = b"", True
    if rest:
        yield rest.decode("utf-8", "replace").rstrip("\r")
