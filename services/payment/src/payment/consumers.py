"""In: which message goes to which use case, and what is loaded and locked before it."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.decision import View
from chassis.routes import Ref, Route, Routes
from payment.domain import commands as c
from payment.domain import events as e
from payment.domain.kinds import BALANCE, PAYMENT, TENDER, TOP_UP
from payment.domain.tenders import balance_key
from payment.domain.values import Channel
from payment.handlers.balances import top_up_balance
from payment.handlers.cancelling import answer_close, cancel_payment
from payment.handlers.facts import record_channel_fact
from payment.handlers.gate import answer_query, give_up
from payment.handlers.refunds import answer_refund, refund_payment
from payment.handlers.requests import answer_create, request_payment
from payment.handlers.settlement import settle_order
from payment.handlers.statements import record_statement_line
from payment.handlers.tenders import issue_tender, lock_tenders, release_tenders


def _payment(command: c.OfOrder) -> Iterable[Ref]:
    return ((PAYMENT, command.order_id),)


def _tenders_held(command: c.OfOrder, view: View) -> Iterable[Ref]:
    payment = view.get(PAYMENT, command.order_id)
    return [] if payment is None else [(TENDER, hold.tender_id) for hold in payment.holds]


def _tenders_named(command: c.LockTenders, _view: View) -> Iterable[Ref]:
    return [(TENDER, tender.tender_id) for tender in command.tenders]


def _balance_and_tenders(command: c.RequestPayment, view: View) -> Iterable[Ref]:
    if command.channel is Channel.BALANCE:
        yield BALANCE, balance_key(customer_id=command.customer_id, currency=command.currency)
    if command.channel is Channel.BALANCE or not command.amount:
        yield from _tenders_held(command, view)


def _balance_paid_from(command: c.RefundPayment, view: View) -> Iterable[Ref]:
    payment = view.get(PAYMENT, command.order_id)
    if payment is not None and payment.channel is Channel.BALANCE:
        yield BALANCE, balance_key(customer_id=payment.customer_id, currency=payment.currency)


def _own_tender(command: c.IssueTender, _view: View) -> Iterable[Ref]:
    return ((TENDER, command.tender_id),)


def _own_balance(command: c.TopUpBalance, _view: View) -> Iterable[Ref]:
    return ((BALANCE, balance_key(customer_id=command.customer_id, currency=command.currency)),)


# A command that nobody can handle must not leave the order waiting: it is refused, beside the dead letter.


def _not_locked(command: c.LockTenders, _error: str) -> e.TendersRefused:
    first = command.tenders[0].tender_id
    return e.TendersRefused(order_id=command.order_id, reason=DEAD_LETTER, tender_id=first, available=0)


def _not_requested(command: c.RequestPayment, _error: str) -> e.PaymentDeclined:
    return e.PaymentDeclined(order_id=command.order_id, reason=DEAD_LETTER)


def _not_refunded(command: c.RefundPayment, _error: str) -> e.RefundRefused:
    return e.RefundRefused(refund_id=command.refund_id, order_id=command.order_id, reason=DEAD_LETTER, refundable=0)


DEAD_LETTER = "dead_letter"

ROUTES = Routes(
    Route("payment.issue-tender.v1", c.IssueTender, issue_tender, lambda _command: (), _own_tender),
    Route(
        "payment.top-up-balance.v1",
        c.TopUpBalance,
        top_up_balance,
        lambda command: ((TOP_UP, command.top_up_id),),
        _own_balance,
    ),
    Route("payment.lock-tenders.v1", c.LockTenders, lock_tenders, _payment, _tenders_named, _not_locked),
    Route("payment.release-tenders.v1", c.ReleaseTenders, release_tenders, _payment, _tenders_held),
    Route(
        "payment.request-payment.v1", c.RequestPayment, request_payment, _payment, _balance_and_tenders, _not_requested
    ),
    Route("payment.cancel-payment.v1", c.CancelPayment, cancel_payment, _payment),
    Route("payment.refund-payment.v1", c.RefundPayment, refund_payment, _payment, _balance_paid_from, _not_refunded),
    Route("payment.settle-order.v1", c.SettleOrder, settle_order, _payment),
    Route("payment.record-channel-fact.v1", c.RecordChannelFact, record_channel_fact, _payment),
    Route(
        "payment.record-statement-line.v1",
        c.RecordStatementLine,
        record_statement_line,
        _payment,
        _tenders_held,
    ),
    Route("answer.create", c.CreateAnswer, answer_create, _payment),
    Route("answer.query", c.QueryAnswer, answer_query, _payment, _tenders_held),
    Route("answer.close", c.CloseAnswer, answer_close, _payment),
    Route("answer.refund", c.RefundAnswer, answer_refund, _payment),
    Route("timer.mismatch", c.MismatchTimer, give_up, _payment),
)
