"""An invoice: figures that prove themselves, lines with their discounts beside them, tax rounded once per line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from billing.domain.messages import BillableLine, Buyer, InvoiceType, IssueInvoice
from billing.domain.numbers import Number
from money import tax


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A line as it is printed: a discount is a negative line that names the line it belongs to."""

    number: int
    line_id: str
    kind: str  # goods, discount or freight
    name: str
    quantity: int
    amount: int
    of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTotal:
    """The tax of all lines of one rate."""

    rate: int
    included: bool
    base: int
    tax: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A document that is never edited; what is wrong with it is reversed by credit notes."""

    invoice_id: str
    order_id: str
    sub_order_id: str
    number: Number
    invoice_type: InvoiceType
    buyer: Buyer
    currency: str
    billed: tuple[BillableLine, ...]
    lines: tuple[DocumentLine, ...]
    taxes: tuple[TaxTotal, ...]
    freight: int
    total: int
    issued_at: datetime


def disproof(*, command: IssueInvoice) -> tuple[str, str]:
    """Return why the figures cannot be invoiced, as reason and detail; two empty texts when they prove themselves."""
    ids = [line.line_id for line in command.lines]
    if len(set(ids)) < len(ids):
        return "line_named_twice", f"lines are {', '.join(ids)}"
    if command.invoice_type is InvoiceType.SPECIAL_VAT and not command.buyer.tax_id:
        return "tax_id_missing", "a special VAT invoice needs the buyer's tax id"
    for line in command.lines:
        if line.net != line.gross - line.discount:
            return "net_does_not_prove", f"line {line.line_id}: {line.gross} - {line.discount} is not {line.net}"
        # The tax of an order line that was divided over sub-orders may be rounded elsewhere, by less than one per unit.
        if abs(line.tax - computed_tax(line=line)) > line.quantity:
            return "tax_does_not_prove", f"line {line.line_id}: {line.tax} is not the tax of {line.net}"
    proven = sum(line.amount for line in command.lines) + command.freight
    if proven != command.total:
        return "total_does_not_prove", f"lines and freight make {proven}, not {command.total}"
    return "", ""


def computed_tax(*, line: BillableLine) -> int:
    """Return the tax of a line by the money engine."""
    compute = tax.tax_included if line.tax_included else tax.tax_added
    return compute(base=line.net, rate=line.tax_rate)


def invoice_of(*, command: IssueInvoice, number: Number, at: datetime) -> Invoice:
    """Write the invoice of proven figures."""
    return Invoice(
        invoice_id=f"{command.sub_order_id}-i",
        order_id=command.order_id,
        sub_order_id=command.sub_order_id,
        number=number,
        invoice_type=command.invoice_type,
        buyer=command.buyer,
        currency=command.currency,
        billed=command.lines,
        lines=tuple(_written(command)),
        taxes=tax_totals(lines=command.lines),
        freight=command.freight,
        total=command.total,
        issued_at=at,
    )


def tax_totals(*, lines: Iterable[BillableLine]) -> tuple[TaxTotal, ...]:
    """Sum the taxes by rate; nothing is rounded again."""
    sums: dict[tuple[int, bool], tuple[int, int]] = {}
    for line in lines:
        base, amount = sums.get((line.tax_rate, line.tax_included), (0, 0))
        sums[line.tax_rate, line.tax_included] = (base + line.net, amount + line.tax)
    return tuple(
        TaxTotal(rate=rate, included=included, base=base, tax=amount)
        for (rate, included), (base, amount) in sorted(sums.items())
    )


def _written(command: IssueInvoice) -> Iterator[DocumentLine]:
    number = 0
    for line in command.lines:
        number += 1
        goods = number
        yield DocumentLine(
            number=goods,
            line_id=line.line_id,
            kind="goods",
            name=line.name,
            quantity=line.quantity,
            amount=line.gross,
        )
        if line.discount:
            number += 1
            yield DocumentLine(
                number=number,
                line_id=line.line_id,
                kind="discount",
                name=f"Discount on line {goods}",
                quantity=1,
                amount=-line.discount,
                of=goods,
            )
    if command.freight:
        yield DocumentLine(
            number=number + 1, line_id="", kind="freight", name="Freight", quantity=1, amount=command.freight
        )
