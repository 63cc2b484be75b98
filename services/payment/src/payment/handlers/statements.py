"""Statements, pass 1: a line that agrees exactly is matched; everything else is named and given to a person."""

from __future__ import annotations

from chassis.decision import Append, Context, Decision, Poison, View
from payment.domain import ledger
from payment.domain.commands import RecordStatementLine
from payment.domain.kinds import PAYMENT, STATEMENT_LINE, StatementLine
from payment.domain.payment import Attempt, Mark, Payment
from payment.domain.values import Channel, Class, Fact, FactKind, RefundState
from payment.handlers.change import Change, duplicate
from payment.handlers.facts import receive
from payment.handlers.gate import decide
from payment.handlers.steps import finish_refund
from payment.handlers.unwanted import unwanted

FACT_OF = {"capture": FactKind.CAPTURED, "refund": FactKind.REFUNDED}


def record_statement_line(command: RecordStatementLine, view: View, context: Context) -> Decision:
    """Compare one line with our books; a line is compared once, however often the file is imported."""
    payment = view.get(PAYMENT, command.order_id) or Payment(order_id=command.order_id)
    mark = Mark(
        kind=command.kind,
        reference=command.reference,
        currency=command.currency,
        amount=command.amount,
        line=f"{command.statement_id}:{command.line_number}",
    )
    if mark in payment.marks:
        return duplicate()
    if any(each.line == mark.line for each in payment.marks):
        raise Poison(f"line {mark.line} was imported with other figures")
    change = Change(payment, view, context)
    repeated = any((each.kind, each.reference) == (mark.kind, mark.reference) for each in payment.marks)
    change.set(marks=(*payment.marks, mark))
    classified = Class.DUPLICATE_IN_CHANNEL if repeated else _compare(change, command)
    if classified is Class.MATCHED:
        _book(change, command)
    else:
        _set_aside(change, command, classified)
    change.append(Append(STATEMENT_LINE, StatementLine(line=command, classified=classified), mark.line))
    return change.done(answer={"classified": classified.value})


def _compare(change: Change, command: RecordStatementLine) -> Class:
    """Return what the line is; a line that brings or returns money by itself is acted on here."""
    attempt = change.payment.attempt_of(attempt_id=command.attempt_id)
    if attempt is None or attempt.channel is not command.channel:
        return Class.MISSING_IN_BOOKS
    match command.kind:
        case "fee":
            return Class.MATCHED
        case "capture" if attempt.channel.by_statement:
            return _collect(change, command, attempt)
        case "refund" if attempt.channel.by_statement:
            return _pay_out(change, command)
        case _:
            return _against(change.payment.fact(kind=FACT_OF[command.kind], reference=command.reference), command)


def _against(ours: Fact | None, command: RecordStatementLine) -> Class:
    if ours is None:
        return Class.MISSING_IN_BOOKS
    if ours.currency != command.currency:
        return Class.CURRENCY_DIFF
    if ours.amount != command.amount:
        return Class.AMOUNT_DIFF if command.kind == "capture" else Class.REFUND_DIFF
    return Class.MATCHED


def _collect(change: Change, command: RecordStatementLine, attempt: Attempt) -> Class:
    """Take in a transfer or a carrier's cash: for these channels the statement is the channel's record."""
    fact = Fact(
        kind=FactKind.CAPTURED,
        reference=command.reference,
        attempt_id=attempt.id,
        currency=command.currency,
        amount=command.amount,
        occurred_at=command.booked_at,
    )
    wanted = unwanted(payment=change.payment, attempt=attempt) is None
    receive(change, fact, attempt)
    if wanted and not _more_to_come(change.payment, attempt):
        decide(change, change.payment.captures)
    return Class.MATCHED


def _more_to_come(payment: Payment, attempt: Attempt) -> bool:
    """Cash is remitted parcel by parcel, so that less than the due is no difference yet."""
    return attempt.channel is Channel.CASH_ON_DELIVERY and payment.collected < payment.due


def _pay_out(change: Change, command: RecordStatementLine) -> Class:
    """A payout of ours reached the customer: the statement names our refund."""
    refund = change.payment.refund(refund_id=command.reference)
    if refund is None or refund.state is not RefundState.REQUESTED:
        return Class.MISSING_IN_BOOKS
    if (refund.amount, refund.currency) != (command.amount, command.currency):
        return Class.REFUND_DIFF
    finish_refund(change, refund, reference=command.reference, at=command.booked_at)
    return Class.MATCHED


def _book(change: Change, command: RecordStatementLine) -> None:
    """Book what a matched line settles between us and the channel."""
    entry_id = f"{change.payment.order_id}:statement:{command.kind}:{command.reference}"
    transit = ledger.CASH_IN_TRANSIT if command.channel.asked else ledger.CASH
    debit, credit = {
        "capture": (ledger.CASH, transit),
        "refund": (transit, ledger.CASH),
        "fee": (ledger.CHANNEL_FEE, ledger.CASH),
    }[command.kind]
    legs = ledger.move(debit=debit, credit=credit, amount=command.amount)
    change.post(entry_id, legs, currency=command.currency)


def _set_aside(change: Change, command: RecordStatementLine, classified: Class) -> None:
    """Open an exception, with what the line moved in SUSPENSE."""
    kind = FACT_OF.get(command.kind, FactKind.CAPTURED)
    ours = change.payment.fact(kind=kind, reference=command.reference)
    number = change.open_exception(
        classified,
        cause=f"statement:{command.statement_id}:{command.line_number}",
        expected=ours.amount if ours else 0,
        found=command.amount,
        currency=command.currency,
        detail=f"{command.channel} {command.kind} {command.reference} of {command.attempt_id}",
    )
    amount = command.amount if command.kind == "capture" else -command.amount
    legs = ledger.move(debit=ledger.CASH, credit=ledger.SUSPENSE, amount=amount)
    change.post(f"{number}:suspense", legs, currency=command.currency)
