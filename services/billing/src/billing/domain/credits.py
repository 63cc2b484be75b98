"""Credit notes: what an invoice still stands for, and the red document that takes some of it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from billing.domain.invoices import Invoice
from billing.domain.messages import CreditedLine, IssueCreditNote, IssueInvoice
from billing.domain.numbers import Number
from money.allocate import allocate


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is not yet credited of an invoice line."""

    line_id: str
    quantity: int
    amount: int
    tax: int

    @property
    def empty(self) -> bool:
        """Whether nothing is left."""
        return not self.quantity and not self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class RedLine:
    """A line of a credit note: negative amounts, and the number of the goods line that it reverses."""

    of: int
    line_id: str
    name: str
    quantity: int
    amount: int
    tax: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote:
    """A document that is never edited."""

    credit_note_id: str
    credit_id: str
    order_id: str
    sub_order_id: str
    number: Number
    invoice_number: str
    reason: str
    currency: str
    lines: tuple[RedLine, ...]
    freight: int
    total: int
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A credit command that was obeyed, and the note that came of it."""

    command: IssueCreditNote
    note: CreditNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """All that was billed for one sub-order: the invoice, what asked for it, and what was taken back."""

    command: IssueInvoice
    invoice: Invoice
    left: tuple[Left, ...]
    freight_left: int
    credits: tuple[Credit, ...] = ()

    @property
    def amount_left(self) -> int:
        """Blue minus red."""
        return sum(left.amount for left in self.left) + self.freight_left

    @property
    def empty(self) -> bool:
        """Whether everything was taken back."""
        return not self.freight_left and all(left.empty for left in self.left)

    def credit(self, *, credit_id: str) -> Credit | None:
        """Return the credit with this id."""
        return next((each for each in self.credits if each.command.credit_id == credit_id), None)


def bill_of(*, command: IssueInvoice, invoice: Invoice) -> Bill:
    """Return the bill of a new invoice: nothing is credited yet."""
    left = tuple(
        Left(line_id=line.line_id, quantity=line.quantity, amount=line.amount, tax=line.tax) for line in command.lines
    )
    return Bill(command=command, invoice=invoice, left=left, freight_left=command.freight)


def asked_of(*, bill: Bill, command: IssueCreditNote) -> tuple[tuple[CreditedLine, ...], int]:
    """Return the lines and the freight to credit; a command that names none means all that is left."""
    if command.lines or command.freight:
        return command.lines, command.freight
    rest = tuple(
        CreditedLine(line_id=left.line_id, quantity=left.quantity, amount=left.amount)
        for left in bill.left
        if not left.empty
    )
    return rest, bill.freight_left


def refusal(*, bill: Bill, lines: Iterable[CreditedLine], freight: int) -> str:
    """Return why this much cannot be credited, or nothing: red is never more than the blue that is left."""
    if bill.empty:
        return "nothing_left"
    left = {each.line_id: each for each in bill.left}
    named: set[str] = set()
    for line in lines:
        rest = left.get(line.line_id)
        if rest is None:
            return "unknown_line"
        if line.line_id in named:
            return "line_named_twice"
        named.add(line.line_id)
        if line.quantity > rest.quantity or line.amount > rest.amount:
            return "more_than_is_left"
    return "more_than_is_left" if freight > bill.freight_left else ""


def credited(
    *, bill: Bill, command: IssueCreditNote, lines: tuple[CreditedLine, ...], freight: int, number: Number, at: datetime
) -> tuple[Bill, CreditNote]:
    """Write the credit note and lower what is left."""
    taken = {line.line_id: line for line in lines}
    lowered = tuple(_lower(each, taken[each.line_id]) if each.line_id in taken else each for each in bill.left)
    note = CreditNote(
        credit_note_id=f"{bill.invoice.sub_order_id}-c{len(bill.credits) + 1}",
        credit_id=command.credit_id,
        order_id=bill.invoice.order_id,
        sub_order_id=bill.invoice.sub_order_id,
        number=number,
        invoice_number=str(bill.invoice.number),
        reason=command.reason,
        currency=bill.invoice.currency,
        lines=_red_lines(bill=bill, taken=taken, lowered=lowered),
        freight=-freight,
        total=sum(line.amount for line in lines) + freight,
        issued_at=at,
    )
    credit = Credit(command=command, note=note)
    left = replace(bill, left=lowered, freight_left=bill.freight_left - freight, credits=(*bill.credits, credit))
    return left, note


def _lower(left: Left, line: CreditedLine) -> Left:
    """Take a line's amount, and the tax within it: with the last of the amount goes the last of the tax."""
    rest = left.amount - line.amount
    tax = allocate(amount=left.tax, weights=(line.amount, rest))[1] if left.amount else left.tax
    return replace(left, quantity=left.quantity - line.quantity, amount=rest, tax=tax)


def _red_lines(*, bill: Bill, taken: dict[str, CreditedLine], lowered: tuple[Left, ...]) -> tuple[RedLine, ...]:
    goods = {line.line_id: line for line in bill.invoice.lines if line.kind == "goods"}
    return tuple(
        RedLine(
            of=goods[before.line_id].number,
            line_id=before.line_id,
            name=goods[before.line_id].name,
            quantity=-taken[before.line_id].quantity,
            amount=-taken[before.line_id].amount,
            tax=after.tax - before.tax,
        )
        for before, after in zip(bill.left, lowered, strict=True)
        if before.line_id in taken
    )
