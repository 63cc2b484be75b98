"""The provider's record in SQLite: what was asked for, taken and given back, and the notices that are owed."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

from simulators.channel.protocol import (
    Capture,
    Notice,
    PaymentRecord,
    PaymentRequest,
    PaymentState,
    RefundRecord,
    RefundRequest,
    StatementLine,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedNotice:
    """A notice that has not been answered."""

    serial: int
    notice_id: str
    url: str
    body: bytes
    traceparent: str
    tries: int


class Record:
    """Reads and writes the record; every change is on disk when it returns, so that kill -9 loses none."""

    def __init__(self, *, path: Path) -> None:
        """Open the file, making it the first time."""
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(resources.files("simulators.channel").joinpath("schema.sql").read_text())

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Make all changes of the block or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def open_payment(self, *, request: PaymentRequest, reference: str, at: datetime, traceparent: str) -> bool:
        """Add a payment, and say whether it is new."""
        row = (request.attempt_id, request.model_dump_json(), reference, "open", at.isoformat(), traceparent)
        return self._changed("INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (attempt_id) DO NOTHING", row)

    def set_state(self, *, attempt_id: str, state: PaymentState) -> None:
        """Change the state of a payment."""
        self._changed("UPDATE payments SET state = ? WHERE attempt_id = ?", (state, attempt_id))

    def add_capture(self, *, attempt_id: str, capture: Capture) -> None:
        """Add money that was taken."""
        row = (capture.reference, attempt_id, capture.amount, capture.booked_at.isoformat())
        self._changed("INSERT INTO captures VALUES (?, ?, ?, ?)", row)

    def add_refund(self, *, request: RefundRequest, reference: str, at: datetime) -> None:
        """Add money that was given back."""
        row = (
            request.refund_id,
            request.model_dump_json(),
            request.attempt_id,
            reference,
            request.amount,
            at.isoformat(),
        )
        self._changed("INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?)", row)

    def request_of(self, *, attempt_id: str) -> PaymentRequest | None:
        """Return what a payment was opened with."""
        row = self._one("SELECT request FROM payments WHERE attempt_id = ?", attempt_id)
        return PaymentRequest.model_validate_json(row[0]) if row else None

    def attempt_of(self, *, reference: str) -> str | None:
        """Return the attempt of a payment page."""
        row = self._one("SELECT attempt_id FROM payments WHERE reference = ?", reference)
        return str(row[0]) if row else None

    def payment(self, *, attempt_id: str, base_url: str) -> PaymentRecord | None:
        """Return all that is known of a payment."""
        row = self._one("SELECT request, reference, state FROM payments WHERE attempt_id = ?", attempt_id)
        if row is None:
            return None
        request = PaymentRequest.model_validate_json(row[0])
        captures = tuple(self._captures(attempt_id))
        refunds = tuple(self._refunds(attempt_id, request))
        return PaymentRecord.model_validate(
            {
                **request.model_dump(exclude={"notify_url"}),
                "reference": row[1],
                "state": row[2],
                "pay_url": f"{base_url}/pay/{row[1]}",
                "captured": sum(each.amount for each in captures),
                "refunded": sum(each.amount for each in refunds),
                "captures": captures,
                "refunds": refunds,
            }
        )

    def refund(self, *, refund_id: str) -> tuple[RefundRequest, RefundRecord] | None:
        """Return a refund with what it was asked for with."""
        row = self._one("SELECT request FROM refunds WHERE refund_id = ?", refund_id)
        if row is None:
            return None
        asked = RefundRequest.model_validate_json(row[0])
        payment = self.payment(attempt_id=asked.attempt_id, base_url="")
        assert payment is not None  # noqa: S101 - a foreign key says so
        return asked, next(each for each in payment.refunds if each.refund_id == refund_id)

    def statement_lines(self, *, date: str) -> list[StatementLine]:
        """Return the bookings of a day in the order of time."""
        rows = self._db.execute(
            "SELECT 'capture', attempt_id, reference, amount, booked_at FROM captures WHERE booked_at LIKE ? || '%' "
            "UNION ALL "
            "SELECT 'refund', attempt_id, reference, amount, booked_at FROM refunds WHERE booked_at LIKE ? || '%' "
            "ORDER BY 5, 3",
            (date, date),
        ).fetchall()
        return [self._line(number, row) for number, row in enumerate(rows, start=1)]

    def owe(self, *, notice: Notice, url: str, due: Iterable[int]) -> None:
        """Remember a notice, once for each time that it shall be sent."""
        body = notice.model_dump_json()
        self._db.executemany(
            "INSERT INTO notices (notice_id, url, body, traceparent, due) "
            "SELECT ?, ?, ?, traceparent, ? FROM payments WHERE attempt_id = ?",
            [(notice.notice_id, url, body, at, notice.attempt_id) for at in due],
        )

    def owed(self, *, until: int, limit: int) -> list[OwedNotice]:
        """Return the notices that are due."""
        rows = self._db.execute(
            "SELECT serial, notice_id, url, body, traceparent, tries FROM notices WHERE due <= ? "
            "ORDER BY due, serial LIMIT ?",
            (until, limit),
        )
        return [
            OwedNotice(serial=serial, notice_id=id_, url=url, body=body.encode(), traceparent=trace, tries=tries)
            for serial, id_, url, body, trace, tries in rows
        ]

    def settle_notice(self, *, serial: int) -> None:
        """Forget a notice: it was answered."""
        self._changed("DELETE FROM notices WHERE serial = ?", (serial,))

    def postpone_notice(self, *, serial: int, due: int) -> None:
        """Send a notice again later."""
        self._changed("UPDATE notices SET tries = tries + 1, due = ? WHERE serial = ?", (due, serial))

    def _captures(self, attempt_id: str) -> Iterator[Capture]:
        rows = self._db.execute(
            "SELECT reference, amount, booked_at FROM captures WHERE attempt_id = ? ORDER BY reference", (attempt_id,)
        )
        for reference, amount, booked_at in rows:
            yield Capture(reference=reference, amount=amount, booked_at=datetime.fromisoformat(booked_at))

    def _refunds(self, attempt_id: str, request: PaymentRequest) -> Iterator[RefundRecord]:
        rows = self._db.execute(
            "SELECT refund_id, reference, amount, booked_at FROM refunds WHERE attempt_id = ? ORDER BY rowid",
            (attempt_id,),
        )
        for refund_id, reference, amount, booked_at in rows:
            yield RefundRecord(
                refund_id=refund_id,
                attempt_id=attempt_id,
                reference=reference,
                currency=request.currency,
                amount=amount,
                booked_at=datetime.fromisoformat(booked_at),
            )

    def _line(self, number: int, row: tuple[str, str, str, int, str]) -> StatementLine:
        kind, attempt_id, reference, amount, booked_at = row
        request = self.request_of(attempt_id=attempt_id)
        assert request is not None  # noqa: S101 - a foreign key says so
        return StatementLine.model_validate(
            {
                "line_number": number,
                "order_id": request.order_id,
                "attempt_id": attempt_id,
                "channel": request.channel,
                "kind": kind,
                "reference": reference,
                "currency": request.currency,
                "amount": amount,
                "booked_at": booked_at,
            }
        )

    def _one(self, sql: str, *values: str) -> tuple[str, ...] | None:
        row: tuple[str, ...] | None = self._db.execute(sql, values).fetchone()
        return row

    def _changed(self, sql: str, values: tuple[object, ...]) -> bool:
        return self._db.execute(sql, values).rowcount == 1
