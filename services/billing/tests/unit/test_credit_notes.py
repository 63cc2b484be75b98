"""Credit notes take back what was invoiced, and never more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.domain.kinds import DOCUMENT
from chassis.testing import MONDAY, Bench
from contracts import billing as b
from services.billing.tests.examples import (
    FREIGHT,
    ORDER,
    SUB_ORDER,
    TOTAL,
    bench,
    bill,
    credit,
    invoice,
    only,
)


def invoiced() -> Bench:
    """Return a bench on which the sub-order is invoiced."""
    on = bench()
    on.send(invoice())
    return on


def reason(on: Bench, command: b.IssueCreditNoteV1) -> str:
    """Return why a credit note is refused."""
    return str(only(on.send(command)).model_dump()["reason"])


def test_full_credit_note_reverses_the_invoice() -> None:
    """Without lines and freight everything is taken back, under a number of its own series."""
    on = invoiced()
    assert b.CreditNoteIssuedV1(
        credit_id="credit-1",
        order_id=ORDER,
        sub_order_id=SUB_ORDER,
        credit_note_id=f"{SUB_ORDER}-c1",
        number="EC2026-00000001",
        invoice_number="E2026-00000001",
        currency="EUR",
        total=TOTAL,
        issued_at=MONDAY,
    ) == only(on.send(credit()))
    assert bill(on).empty


def test_credit_by_line_names_the_line_of_the_invoice() -> None:
    """A red line bears the number of the goods line, negative figures and its share of the tax."""
    on = invoiced()
    on.send(credit("credit-1", ("tea", 1, 900), ("cup", 1, 1_060)))
    tea, cup = bill(on).credits[0].note.lines
    assert (1, -1, -900, -104) == (tea.of, tea.quantity, tea.amount, tea.tax)
    assert (3, -1, -1_060, -60) == (cup.of, cup.quantity, cup.amount, cup.tax)


def test_freight_is_credited_by_itself() -> None:
    """Freight can be taken back without goods."""
    on = invoiced()
    assert FREIGHT == only(on.send(credit("credit-1", freight=FREIGHT))).model_dump()["total"]
    assert TOTAL - FREIGHT == bill(on).amount_left


def test_second_full_credit_takes_the_rest() -> None:
    """After a partial credit a full one takes exactly what is left."""
    on = invoiced()
    on.send(credit("credit-1", ("tea", 1, 900)))
    assert TOTAL - 900 == only(on.send(credit("credit-2"))).model_dump()["total"]


def test_same_credit_is_the_same_note() -> None:
    """A repeated command is answered with the first number."""
    on = invoiced()
    first = on.send(credit())
    again = on.send(credit())
    assert ("duplicate", first.emitted) == (again.outcome, again.emitted)
    assert 2 == len(on.rows(DOCUMENT))


def test_credit_id_with_other_figures_is_refused() -> None:
    """The id of a credit stands for its figures."""
    on = invoiced()
    on.send(credit("credit-1", ("tea", 1, 900)))
    assert "credit_id_has_other_figures" == reason(on, credit("credit-1", ("tea", 1, 901)))


@pytest.mark.parametrize(
    "command, why",
    [
        (credit("c", ("tea", 1, 2_701)), "more_than_is_left"),
        (credit("c", ("tea", 4, 1)), "more_than_is_left"),
        (credit("c", freight=FREIGHT + 1), "more_than_is_left"),
        (credit("c", ("milk", 1, 1)), "unknown_line"),
        (credit("c", ("tea", 1, 1), ("tea", 1, 1)), "line_named_twice"),
    ],
)
def test_more_than_is_left_is_refused(command: b.IssueCreditNoteV1, why: str) -> None:
    """Red is never more than the blue that is left, line by line, and a refusal draws no number."""
    on = invoiced()
    assert why == reason(on, command)
    assert "EC2026-00000001" == only(on.send(credit("d"))).model_dump()["number"]


def test_refusal_says_what_is_left() -> None:
    """The amount that could still be credited is told."""
    on = invoiced()
    on.send(credit("credit-1", ("tea", 1, 900)))
    assert TOTAL - 900 == only(on.send(credit("c", ("tea", 3, 1)))).model_dump()["left"]


def test_nothing_is_left_after_a_full_credit() -> None:
    """A reversed invoice cannot be reversed again."""
    on = invoiced()
    on.send(credit())
    assert "nothing_left" == reason(on, credit("credit-2"))


def test_credit_without_an_invoice_is_refused() -> None:
    """What was not invoiced is not credited."""
    assert "not_invoiced" == reason(bench(), credit())


def test_free_invoice_is_credited_by_quantity() -> None:
    """An invoice of nothing is taken back once."""
    on = bench()
    line = b.BillableLine(line_id="tea", sku="t", name="Tea", quantity=2, gross=9, discount=9, net=0, tax_rate=0, tax=0)
    on.send(invoice(lines=(line,), freight=0, total=0))
    assert 0 == only(on.send(credit())).model_dump()["total"]
    assert "nothing_left" == reason(on, credit("credit-2"))


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(["tea", "cup", ""]), st.integers(1, 3), st.integers(0, 2_800)), max_size=8))
def test_blue_minus_red_is_what_is_left(story: list[tuple[str, int, int]]) -> None:
    """After any credits the documents' sum is what is left, tax is never over-credited, and numbers have no gap."""
    on = invoiced()
    for number, (line_id, quantity, amount) in enumerate(story):
        on.send(
            credit(f"c{number}", (line_id, quantity, amount))
            if line_id
            else credit(f"c{number}", freight=1 + amount % FREIGHT)
        )
    red = [row for row in on.rows(DOCUMENT) if row.kind == "credit_note"]
    assert TOTAL - sum(row.total for row in red) == bill(on).amount_left
    assert all(left.amount >= 0 and left.quantity >= 0 and left.tax >= 0 for left in bill(on).left)
    assert list(range(1, len(red) + 1)) == [row.number.serial for row in red]
