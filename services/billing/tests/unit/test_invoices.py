"""Invoices are issued once, and only for figures that prove themselves."""

from datetime import UTC, datetime
from typing import Any

import pytest

from billing.domain.kinds import DOCUMENT
from billing.domain.numbers import Sequence, Series
from chassis.testing import MONDAY
from contracts import billing as b
from services.billing.tests.examples import CUP, ORDER, SUB_ORDER, TEA, TOTAL, bench, bill, invoice, only, other


def test_invoice_has_the_first_number() -> None:
    """An invoice is issued with the next number of its issuer, type and year."""
    assert b.InvoiceIssuedV1(
        order_id=ORDER,
        sub_order_id=SUB_ORDER,
        invoice_id=f"{SUB_ORDER}-i",
        number="E2026-00000001",
        currency="EUR",
        total=TOTAL,
        issued_at=MONDAY,
    ) == only(bench().send(invoice()))


def test_discount_is_a_line_of_its_own() -> None:
    """Each discount is a negative line beside its own; with freight and tax on top all lines are the total."""
    on = bench()
    on.send(invoice())
    document = bill(on).invoice
    assert [("goods", 3_000, None), ("discount", -300, 1), ("goods", 1_000, None), ("freight", 500, None)] == [
        (line.kind, line.amount, line.of) for line in document.lines
    ]
    on_top = sum(tax.tax for tax in document.taxes if not tax.included)
    assert document.total == sum(line.amount for line in document.lines) + on_top


def test_taxes_are_summed_by_rate() -> None:
    """Lines of one rate make one tax total."""
    on = bench()
    second = TEA.model_copy(update={"line_id": "tea-2"})
    on.send(invoice(lines=(TEA, second, CUP), total=TOTAL + 2_700))
    assert [(60_000, 1_000, 60), (130_000, 5_400, 622)] == [
        (tax.rate, tax.base, tax.tax) for tax in bill(on).invoice.taxes
    ]


def test_same_figures_are_the_same_invoice() -> None:
    """A repeated command is answered with the first number, and no number is drawn."""
    on = bench()
    first = on.send(invoice())
    again = on.send(invoice())
    assert ("duplicate", first.emitted) == (again.outcome, again.emitted)
    assert 1 == len(on.rows(DOCUMENT))


def test_other_figures_are_refused() -> None:
    """A sub-order is invoiced once: other figures name the invoice that there is."""
    on = bench()
    on.send(invoice())
    refused = on.send(invoice(freight=0, total=TOTAL - 500))
    assert b.InvoiceRefusedV1(
        order_id=ORDER,
        sub_order_id=SUB_ORDER,
        reason="invoiced_with_other_figures",
        detail="it is invoice E2026-00000001",
    ) == only(refused)
    assert "rejected" == refused.outcome


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"total": TOTAL + 1}, "total_does_not_prove"),
        ({"freight": 499}, "total_does_not_prove"),
        ({"lines": (TEA.model_copy(update={"net": 2_699}), CUP)}, "net_does_not_prove"),
        ({"lines": (TEA.model_copy(update={"tax": 315}), CUP)}, "tax_does_not_prove"),
        ({"lines": (TEA, TEA), "total": 5_900}, "line_named_twice"),
        ({"invoice_type": "special_vat"}, "tax_id_missing"),
    ],
)
def test_figures_that_do_not_prove_are_refused(changes: dict[str, Any], reason: str) -> None:
    """A wrong net, tax or total, a line twice or a missing tax id is refused by name, and draws no number."""
    on = bench()
    refused = on.send(invoice(**changes))
    assert reason == only(refused).model_dump()["reason"]
    assert [] == on.rows(DOCUMENT)
    assert "E2026-00000001" == only(on.send(invoice())).model_dump()["number"]


def test_tax_of_a_divided_line_may_be_rounded_elsewhere() -> None:
    """A part of an order line bears its share of the line's tax, up to one per unit beside its own rounding."""
    divided = TEA.model_copy(update={"tax": 314})
    assert isinstance(only(bench().send(invoice(lines=(divided, CUP)))), b.InvoiceIssuedV1)


def test_special_vat_names_the_tax_id() -> None:
    """With a tax id the special VAT invoice is issued, in a series of its own."""
    buyer = {"customer_id": "ann", "title": "Ann Ltd", "tax_id": "DE1"}
    issued = only(bench().send(invoice(invoice_type="special_vat", buyer=buyer)))
    assert "S2026-00000001" == issued.model_dump()["number"]


def test_numbers_have_no_gap_in_a_batch() -> None:
    """A batch of invoices, some refused, draws neighbouring numbers."""
    on = bench()
    issued = on.send(other(1), other(2, total=1), other(3), other(4))
    numbers = [each.model_dump().get("number") for each in issued.emitted]
    assert ["E2026-00000001", None, "E2026-00000002", "E2026-00000003"] == numbers


def test_each_issuer_and_type_counts_for_itself() -> None:
    """Another issuer or another type begins at one."""
    on = bench()
    numbers = [
        only(on.send(command)).model_dump()["number"]
        for command in (other(1), other(2, issuer="bear-toys"), other(3, invoice_type="none"), other(4))
    ]
    assert ["E2026-00000001", "E2026-00000001", "R2026-00000001", "E2026-00000002"] == numbers


def test_new_year_begins_at_one() -> None:
    """The first number after New Year is one."""
    on = bench()
    on.send(other(1))
    on.clock.time = datetime(2027, 1, 1, tzinfo=UTC)
    assert "E2027-00000001" == only(on.send(other(2))).model_dump()["number"]


def test_clock_that_is_behind_stays_in_the_year_begun() -> None:
    """A process whose clock still shows the old year goes on in the new one."""
    sequence, _ = Sequence(issuer="i", series=Series.ELECTRONIC).draw(year=2027)
    assert "E2027-00000002" == str(sequence.draw(year=2026)[1])


def test_free_sub_order_is_invoiced_at_zero() -> None:
    """What tenders paid in full is invoiced at nothing."""
    free = TEA.model_copy(update={"discount": 3_000, "net": 0, "tax": 0})
    assert 0 == only(bench().send(invoice(lines=(free,), freight=0, total=0))).model_dump()["total"]
