"""What the queries of payment answer."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from payment.domain.payment import Payment
from payment.domain.tenders import Hold


class RefundView(BaseModel):
    """A refund, and why it was made."""

    refund_id: str
    amount: int
    currency: str
    state: str
    why: str
    reason: str


class TenderUseView(BaseModel):
    """What a tender gave to the order, and what it got back."""

    tender_id: str
    kind: str
    amount: int
    returned: int
    consumed: bool


class PaymentView(BaseModel):
    """The money of one order."""

    order_id: str
    customer_id: str
    state: str
    channel: str | None
    currency: str
    due: int
    captured: int
    refunded: int
    in_flight: int
    refundable: int
    deadline: datetime | None
    pay_url: str
    attempts: list[str]
    exception_id: str | None
    tenders: list[TenderUseView]
    refunds: list[RefundView]

    @classmethod
    def of(cls, *, payment: Payment) -> PaymentView:
        """Show a payment."""
        return cls(
            order_id=payment.order_id,
            customer_id=payment.customer_id,
            state=payment.state,
            channel=payment.channel,
            currency=payment.currency,
            due=payment.due,
            captured=payment.captured,
            refunded=payment.refunded,
            in_flight=payment.in_flight,
            refundable=payment.refundable,
            deadline=payment.deadline,
            pay_url=payment.pay_url,
            attempts=[attempt.id for attempt in payment.attempts],
            exception_id=payment.open_exception or None,
            tenders=[_tender(hold) for hold in payment.holds],
            refunds=_refunds(payment),
        )


class PostingView(BaseModel):
    """One leg of an entry: a debit is positive."""

    entry_id: str
    line: int
    account: str
    currency: str
    amount: int
    booked_at: datetime


class AccountView(BaseModel):
    """What an account holds."""

    account: str
    currency: str
    amount: int


class BalanceView(BaseModel):
    """Stored value in one currency."""

    currency: str
    amount: int


class TenderView(BaseModel):
    """A tender and where its amount is."""

    tender_id: str
    kind: str
    currency: str
    valid_until: datetime | None
    issued: int
    available: int
    locked: int
    consumed: int


class PayoutView(BaseModel):
    """A refund that a person pays out; the statement then names its id as reference."""

    order_id: str
    refund_id: str
    attempt_id: str
    channel: str
    currency: str
    amount: int


def payouts_of(*, payment: Payment) -> list[PayoutView]:
    """Return the refunds of a payment that nobody but a person can make."""
    return [
        PayoutView(
            order_id=payment.order_id,
            refund_id=refund.id,
            attempt_id=refund.attempt_id,
            channel=refund.channel,
            currency=refund.currency,
            amount=refund.amount,
        )
        for refund in payment.refunds_on_their_way
        if refund.channel.by_statement
    ]


def _tender(hold: Hold) -> TenderUseView:
    return TenderUseView(
        tender_id=hold.tender_id, kind=hold.kind, amount=hold.amount, returned=hold.returned, consumed=hold.consumed
    )


def _refunds(payment: Payment) -> list[RefundView]:
    return [
        RefundView(
            refund_id=refund.id,
            amount=refund.amount,
            currency=refund.currency,
            state=refund.state,
            why=refund.why,
            reason=refund.reason,
        )
        for refund in payment.refunds
    ]
