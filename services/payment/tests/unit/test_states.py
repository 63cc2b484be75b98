"""The state table, the gate and the ledger by themselves."""

import re
from importlib.resources import files

import pytest

from chassis.testing import MONDAY
from payment.domain import ledger
from payment.domain.states import TRANSITIONS, IllegalTrigger, PaymentState, Trigger, after
from payment.domain.values import Channel, MerchantPart, TenderKind, add_up, subtract

PART = MerchantPart(merchant_id="m", goods=100, commission=10, freight=5, tax=2)


def test_every_state_is_reached_and_every_trigger_used() -> None:
    """The table names each state as a target, except the first, and each trigger."""
    assert set(PaymentState) == {*TRANSITIONS.values(), PaymentState.OPEN}
    assert set(Trigger) == {trigger for _, trigger in TRANSITIONS}


def test_check_of_the_column_is_the_enum() -> None:
    """The CHECK on payments.state lists exactly the states."""
    sql = (files("payment") / "migrations" / "0001_initial.sql").read_text()
    found = re.search(r"payments_state_known CHECK \(state IN \((.*?)\)\)", sql, re.DOTALL)
    assert found is not None
    assert {state.value for state in PaymentState} == set(re.findall(r"'(\w+)'", found[1]))


def test_every_state_leads_to_an_end() -> None:
    """From each state a reconciled or cancelled payment can be reached."""
    ends = {PaymentState.RECONCILED, PaymentState.CANCELLED}
    while found := {state for (state, _), target in TRANSITIONS.items() if target in ends} - ends:
        ends |= found
    assert set(PaymentState) == ends


def test_illegal_trigger_says_what_it_was() -> None:
    """A trigger without a row names state and trigger."""
    with pytest.raises(IllegalTrigger, match="a payment that is reconciled does not cancel"):
        after(state=PaymentState.RECONCILED, trigger=Trigger.CANCEL)


def test_entry_that_does_not_sum_to_zero_is_refused() -> None:
    """No unbalanced entry comes into being."""
    with pytest.raises(ledger.Unbalanced):
        ledger.entry(entry_id="e", order_id="o", currency="EUR", legs={"CASH": 1}, booked_at=MONDAY)


def test_entry_leaves_out_legs_of_nothing() -> None:
    """A leg of zero is not written."""
    legs = {"CASH": 1, "TAX": 0, "SUSPENSE": -1}
    postings = ledger.entry(entry_id="e", order_id="o", currency="EUR", legs=legs, booked_at=MONDAY)
    assert [(1, "CASH"), (2, "SUSPENSE")] == [(posting.line, posting.account) for posting in postings]


@pytest.mark.parametrize("channel", list(Channel))
def test_every_movement_balances(channel: Channel) -> None:
    """Each kind of entry sums to zero for each channel."""
    movements = [
        ledger.captured(channel=channel, amount=7),
        ledger.earned(parts=(PART,), amount=PART.amount),
        ledger.granted(spent=[(TenderKind.POINTS, 4), (TenderKind.COUPON, -2)]),
        ledger.owed_back(parts=(PART,), escrow={"m": 30}, paid_out=(PART,)).legs,
        ledger.refunded(channel=channel, amount=7),
        ledger.settled(parts=(PART,)),
    ]
    assert [0] * len(movements) == [sum(legs.values()) for legs in movements]


def test_refund_after_part_was_settled_takes_escrow_first() -> None:
    """What still waits is taken first, the rest with its share of the commission from the merchant."""
    owed = ledger.owed_back(parts=(PART,), escrow={"m": 30}, paid_out=(PART,))
    assert (30, 63, 7) == tuple(owed.legs[account] for account in ("ESCROW:m", "PAYABLE:m", "COMMISSION"))
    assert {"m": 0} == owed.escrow


def test_parts_add_up_to_the_cent() -> None:
    """Goods, freight and tax are the amount; the commission lies within the goods."""
    assert add_up(parts=(PART,), amount=107)
    assert not add_up(parts=(PART,), amount=106)


def test_parts_are_subtracted_by_merchant() -> None:
    """What is left of a merchant's part is its difference, and nothing is left out."""
    assert () == subtract(parts=(PART,), less=(PART,))
    assert (PART,) == subtract(parts=(PART, PART), less=(PART,))
