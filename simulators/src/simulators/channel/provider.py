"""What the provider does: open, take, close, give back; everything twice is done once."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from simulators.channel.behaviour import Behaviour
from simulators.channel.protocol import (
    Capture,
    Notice,
    PaymentRecord,
    PaymentRequest,
    RefundRecord,
    RefundRequest,
    Statement,
)
from simulators.channel.record import Record


class UnknownError(Exception):
    """There is nothing with this id."""


class ConflictError(Exception):
    """The id is known with another body, or the state forbids it."""


class ExcessiveError(Exception):
    """More is asked back than is left."""


class Provider:
    """The rules over the record."""

    def __init__(
        self,
        *,
        record: Record,
        behaviour: Behaviour,
        base_url: str,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        """Take the record, the manners, the own address, the clock, and how to wake who sends notices."""
        self._record = record
        self._behaviour = behaviour
        self._base_url = base_url
        self._clock = clock
        self._wake = wake

    def open(self, *, request: PaymentRequest, traceparent: str = "") -> tuple[PaymentRecord, bool]:
        """Open a payment, and say whether it is new; its notices will belong to the trace of the one who asked."""
        reference = "P" + hashlib.sha256(request.attempt_id.encode()).hexdigest()[:20]
        new = self._record.open_payment(request=request, reference=reference, at=self._clock(), traceparent=traceparent)
        if not new and self._record.request_of(attempt_id=request.attempt_id) != request:
            raise ConflictError(f"attempt {request.attempt_id} is known with another body")
        return self.payment(attempt_id=request.attempt_id), new

    def payment(self, *, attempt_id: str) -> PaymentRecord:
        """Return all that is known of a payment."""
        found = self._record.payment(attempt_id=attempt_id, base_url=self._base_url)
        if found is None:
            raise UnknownError(f"no payment has the attempt {attempt_id}")
        return found

    def page(self, *, reference: str) -> PaymentRecord:
        """Return the payment of a page."""
        attempt_id = self._record.attempt_of(reference=reference)
        if attempt_id is None:
            raise UnknownError(f"no payment has the reference {reference}")
        return self.payment(attempt_id=attempt_id)

    def pay(self, *, reference: str, amount: int | None, again: bool) -> PaymentRecord:
        """Take what the customer pays: what was asked for, or another amount, or once more.

        A page that was closed still takes money, as a bank does that had begun when the close came.
        """
        payment = self.page(reference=reference)
        if payment.captured and not again:
            return payment
        capture = Capture(
            reference=f"{payment.reference}-{len(payment.captures) + 1}",
            amount=payment.amount if amount is None else amount,
            booked_at=self._clock(),
        )
        with self._record.changing():
            self._record.add_capture(attempt_id=payment.attempt_id, capture=capture)
            if payment.state == "open":
                self._record.set_state(attempt_id=payment.attempt_id, state="paid")
            self._tell(payment, "captured", capture.reference, capture.amount)
        self._wake()
        return self.page(reference=reference)

    def close(self, *, attempt_id: str) -> PaymentRecord:
        """Close a page that nobody has paid at."""
        payment = self.payment(attempt_id=attempt_id)
        if payment.state == "paid":
            raise ConflictError(f"attempt {attempt_id} is paid")
        self._record.set_state(attempt_id=attempt_id, state="closed")
        return self.payment(attempt_id=attempt_id)

    def refund(self, *, request: RefundRequest) -> tuple[RefundRecord, bool]:
        """Give back, and say whether this was the first time."""
        known = self._record.refund(refund_id=request.refund_id)
        if known is not None:
            if known[0] != request:
                raise ConflictError(f"refund {request.refund_id} is known with another body")
            return known[1], False
        payment = self.payment(attempt_id=request.attempt_id)
        left = payment.captured - payment.refunded
        if request.currency != payment.currency or request.amount > left:
            raise ExcessiveError(f"{left} {payment.currency} is left of attempt {request.attempt_id}")
        reference = "R" + hashlib.sha256(request.refund_id.encode()).hexdigest()[:20]
        with self._record.changing():
            self._record.add_refund(request=request, reference=reference, at=self._clock())
            self._tell(payment, "refunded", reference, request.amount, refund_id=request.refund_id)
        self._wake()
        return self.refund_of(refund_id=request.refund_id), True

    def refund_of(self, *, refund_id: str) -> RefundRecord:
        """Return a refund."""
        known = self._record.refund(refund_id=refund_id)
        if known is None:
            raise UnknownError(f"no refund has the id {refund_id}")
        return known[1]

    def statement(self, *, date: str) -> Statement:
        """Return the bookings of a day."""
        lines = tuple(self._record.statement_lines(date=date))
        return Statement(statement_id=f"statement-{date}", date=date, lines=lines)

    def _tell(
        self, payment: PaymentRecord, kind: str, reference: str, amount: int, *, refund_id: str | None = None
    ) -> None:
        now = self._clock()
        notice = Notice.model_validate(
            {
                "notice_id": f"N{reference}",
                "attempt_id": payment.attempt_id,
                "order_id": payment.order_id,
                "channel": payment.channel,
                "kind": kind,
                "reference": reference,
                "currency": payment.currency,
                "amount": amount,
                "occurred_at": now,
                "refund_id": refund_id,
            }
        )
        request = self._record.request_of(attempt_id=payment.attempt_id)
        assert request is not None  # noqa: S101 - the payment was read from the same record
        due = milliseconds(now)
        delays = self._behaviour.delays(notice_id=notice.notice_id)
        self._record.owe(notice=notice, url=request.notify_url, due=[due + delay for delay in delays])


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def milliseconds(at: datetime) -> int:
    """Return unix milliseconds."""
    return int(at.timestamp() * 1000)
