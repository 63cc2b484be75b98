"""What payment keeps: its aggregates and rows."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.decision import Kind, RowKind
from payment.domain.commands import RecordStatementLine
from payment.domain.ledger import Posting
from payment.domain.payment import Payment, ReconciliationException
from payment.domain.tenders import Balance, Tender, TopUp
from payment.domain.values import Class


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """A statement line as it came, and what it was found to be."""

    line: RecordStatementLine
    classified: Class


PAYMENT = Kind(name="payment", of=Payment, keyed=True)
EXCEPTION = Kind(name="exception", of=ReconciliationException)
TOP_UP = Kind(name="top_up", of=TopUp)
TENDER = Kind(name="tender", of=Tender, shared=True)
BALANCE = Kind(name="balance", of=Balance, shared=True)
POSTING = RowKind(name="posting", of=Posting)
STATEMENT_LINE = RowKind(name="statement_line", of=StatementLine)
