"""Statements are read line by line, and what cannot be read is named."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from contracts.payment import RecordStatementLineV1
from payment.importing import LONGEST_LINE, BadLine, Format, LineReader, import_statement, lines_of, message_id_of
from services.payment.tests.examples import ATTEMPT, ORDER, statement_line

HEAD = "line_number,attempt_id,kind,reference,currency,amount,booked_at"
ROW = f"1,{ATTEMPT},capture,cap-1,EUR,10000,2026-01-05T09:00:00+00:00"
OBJECT = {
    "line_number": 1,
    "attempt_id": ATTEMPT,
    "kind": "capture",
    "reference": "cap-1",
    "currency": "EUR",
    "amount": 10_000,
    "booked_at": "2026-01-05T09:00:00+00:00",
}


def csv_reader() -> LineReader:
    reader = LineReader(format=Format.CSV, statement_id="card-monday", channel="card")
    assert None is reader.read(HEAD)
    return reader


def json_reader() -> LineReader:
    return LineReader(format=Format.JSON_LINES, statement_id="card-monday", channel="card")


async def streamed(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


class Broker:
    """Takes what is published."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, RecordStatementLineV1]] = []

    async def publish(self, *, command: RecordStatementLineV1, message_id: str) -> asyncio.Future[object]:
        self.taken.append((message_id, command))
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future


def test_csv_and_json_mean_the_same() -> None:
    """A line is the same command in both formats; the attempt's id holds the order's."""
    assert statement_line() == csv_reader().read(ROW)
    assert statement_line() == json_reader().read(json.dumps(OBJECT))


def test_line_may_name_its_own_statement_and_channel() -> None:
    """What a line names counts more than what was given for the file."""
    read = json_reader().read(json.dumps({**OBJECT, "statement_id": "other", "channel": "alipay"}))
    assert read is not None
    assert ("other", "alipay", ORDER) == (read.statement_id, read.channel, read.order_id)


def test_empty_line_is_left_out() -> None:
    """Blank lines mean nothing."""
    assert None is json_reader().read("  ")


@pytest.mark.parametrize(
    "row, named",
    [
        (ROW.replace("10000", "100.00"), "amount"),
        (ROW.replace("10000", "-1"), "amount"),
        (ROW.replace("10000", "1e4"), "amount"),
        (ROW.replace("10000", ""), "amount"),
        (ROW.replace("EUR", "euro"), "currency"),
        (ROW.replace("capture", "chargeback"), "kind"),
        (ROW.replace(ATTEMPT, "17"), "order_id"),
        (ROW.replace("T09:00:00+00:00", "T09:00:00"), "booked_at"),
        (ROW + ",more", "cells"),
        ("1,2", "cells"),
        ("x" * (LONGEST_LINE + 1), "characters"),
        (ROW.replace("EUR", "E\rR"), "is not CSV"),
        (ROW.replace("T09:00:00+00:00", "T09:00:00+00:00").replace("2026-", "9999-"), "booked_at"),
    ],
)
def test_bad_csv_line_names_its_field(row: str, named: str) -> None:
    """What is wrong with a line is said with the field's name."""
    with pytest.raises(BadLine, match=named):
        csv_reader().read(row)


@pytest.mark.parametrize("text", ["{", "[]", "7", '{"line_number": 1}', json.dumps({**OBJECT, "amount": 100.0})])
def test_bad_json_line_is_refused(text: str) -> None:
    """What is no object, or lacks members, is refused."""
    with pytest.raises(BadLine):
        json_reader().read(text)


async def test_good_lines_are_published_and_bad_ones_counted() -> None:
    """One bad line stops nothing; it is named by its place."""
    broker = Broker()
    body = f"{HEAD}\n{ROW}\nrubbish\n\n{ROW.replace('1,', '2,', 1)}\n".encode()
    imported = await import_statement(
        lines=lines_of(chunks=streamed(body)),
        reader=LineReader(format=Format.CSV, statement_id="card-monday", channel="card"),
        publish=broker.publish,
    )
    assert (2, 1) == (imported.published, imported.refused)
    assert ["line 3: the line has 1 cells, the head 7"] == imported.errors
    assert [1, 2] == [command.line_number for _, command in broker.taken]


async def test_same_line_is_the_same_message() -> None:
    """Importing a file again publishes the same ids; another amount is another message."""
    assert message_id_of(command=statement_line()) == message_id_of(command=statement_line())
    assert message_id_of(command=statement_line()) != message_id_of(command=statement_line(amount=1))


async def test_lines_are_cut_wherever_the_stream_is() -> None:
    """Chunks that end within a line, or with a carriage return, make the same lines."""
    chunks = streamed(b"on", b"e\r\ntw", b"o\nthree")
    assert ["one", "two", "three"] == [line async for line in lines_of(chunks=chunks)]


async def test_line_without_an_end_takes_no_memory() -> None:
    """A stream that never ends its line is cut and refused."""
    broker = Broker()
    imported = await import_statement(
        lines=lines_of(chunks=streamed(*([b"x" * 10_000] * 100))),
        reader=json_reader(),
        publish=broker.publish,
    )
    assert (0, []) == (imported.published, broker.taken)
    assert imported.refused


async def test_end_of_a_cut_line_is_no_line() -> None:
    """What follows the cut of a line that is too long is not read as a line of its own, however right it looks."""
    broker = Broker()
    right = json.dumps(OBJECT).encode()
    imported = await import_statement(
        lines=lines_of(chunks=streamed(b"x" * (LONGEST_LINE * 4 + 1), right, b"\n" + right)),
        reader=json_reader(),
        publish=broker.publish,
    )
    assert (1, 1, 1) == (imported.published, imported.refused, len(broker.taken))
