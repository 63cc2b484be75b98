"""Which table each aggregate and row lies in. Their order here is the order of locks and writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from chassis.tables import DatabaseRow, RowTable, SharedTable, Table, Tables
from payment.domain.kinds import (
    BALANCE,
    EXCEPTION,
    PAYMENT,
    POSTING,
    STATEMENT_LINE,
    TENDER,
    TOP_UP,
    StatementLine,
)
from payment.domain.ledger import Posting
from payment.domain.payment import Payment, ReconciliationException
from payment.domain.tenders import Balance, Tender, balance_key
from payment.domain.values import Class, TenderKind


def _tenders(rows: Sequence[DatabaseRow]) -> Mapping[str, Tender]:
    return {row["tender_id"]: Tender(**{**row, "kind": TenderKind(row["kind"])}) for row in rows}


def _tender_change(before: Tender | None, after: Tender) -> Sequence[tuple[Any, ...]]:
    if before == after:
        return ()
    had = (before.available, before.locked, before.consumed) if before else (0, 0, 0)
    has = (after.available, after.locked, after.consumed)
    parts = (now - then for now, then in zip(has, had, strict=True))
    fixed = (after.tender_id, after.customer_id, after.kind.value, after.currency, after.valid_until)
    return ((*fixed, after.reissue_whole_only, *parts),)


def _balances(rows: Sequence[DatabaseRow]) -> Mapping[str, Balance]:
    return {
        row["balance_key"]: Balance(customer_id=row["customer_id"], currency=row["currency"], amount=row["amount"])
        for row in rows
    }


def _balance_change(before: Balance | None, after: Balance) -> Sequence[tuple[Any, ...]]:
    change = after.amount - (before.amount if before else 0)
    if before is not None and not change:
        return ()
    key = balance_key(customer_id=after.customer_id, currency=after.currency)
    return ((key, after.customer_id, after.currency, change),)


def _parted(tender: Tender) -> bool:
    return min(tender.available, tender.locked, tender.consumed) >= 0


def _whole(before: Tender, after: Tender) -> bool:
    return before.issued == after.issued


def _covered(balance: Balance) -> bool:
    return balance.amount >= 0


def _refunds_covered(payment: Payment) -> bool:
    amounts = payment.due, payment.captured, payment.refunded, payment.in_flight
    return min(amounts) >= 0 and payment.refunded + payment.in_flight <= payment.captured


def _differs(found: ReconciliationException) -> bool:
    after = found.resolved_at is None or found.resolved_at >= found.opened_at
    return after and found.classified is not Class.MATCHED


def _balanced(postings: Sequence[Posting]) -> bool:
    """Say what the CHECK says of each posting, and the trigger of each entry."""
    sums: Counter[tuple[str, str]] = Counter()
    for posting in postings:
        sums[posting.entry_id, posting.currency] += posting.amount
    return all(posting.amount for posting in postings) and not any(sums.values())


def _payment_row(payment: Payment) -> tuple[Any, ...]:
    return (
        payment.customer_id,
        payment.state.value,
        payment.channel.value if payment.channel else None,
        payment.currency,
        payment.due,
        payment.captured,
        payment.refunded,
        payment.in_flight,
        payment.deadline,
    )


def _exception_row(found: ReconciliationException) -> tuple[Any, ...]:
    return found.order_id, found.classified.value, found.opened_at, found.resolved_at


def _posting_row(posting: Posting) -> tuple[Any, ...]:
    return (
        posting.entry_id,
        posting.line,
        posting.order_id,
        posting.account,
        posting.currency,
        posting.amount,
        posting.booked_at,
    )


def _line_row(row: StatementLine) -> tuple[Any, ...]:
    line = row.line
    place = (line.statement_id, line.line_number, line.order_id, line.attempt_id)
    said = (line.channel.value, line.kind, line.reference, line.currency, line.amount, line.booked_at)
    return (*place, *said, row.classified.value)


TABLES = Tables(
    SharedTable(
        TENDER,
        load="lock_tenders",
        save="change_tenders",
        make=_tenders,
        change=_tender_change,
        holds=_parted,
        keeps=_whole,
    ),
    SharedTable(
        BALANCE, load="lock_balances", save="change_balances", make=_balances, change=_balance_change, holds=_covered
    ),
    Table(PAYMENT, load="load_payments", save="save_payments", row=_payment_row, holds=_refunds_covered),
    Table(TOP_UP, load="load_top_ups", save="save_top_ups"),
    Table(EXCEPTION, load="load_exceptions", save="save_exceptions", row=_exception_row, holds=_differs),
    RowTable(POSTING, insert="insert_postings", row=_posting_row, holds=_balanced),
    RowTable(STATEMENT_LINE, insert="insert_statement_lines", row=_line_row),
)
