"""Escrow is released to merchants."""

import pytest

from chassis.verdicts import Verdict
from contracts import payment as p
from contracts.values import MerchantPart
from payment.domain.values import SettlementState
from services.payment.tests.examples import (
    ORDER,
    PARTS,
    accounts,
    bench,
    cancel,
    exceptions,
    names,
    only,
    payment,
    reconciled,
    refund,
    refund_answered,
    request,
    settle,
    statement_line,
)


def test_settlement_owes_the_merchants_their_goods_less_commission() -> None:
    """Escrow becomes payable and commission; freight and tax stay where they are."""
    on = bench()
    reconciled(on)
    assert p.OrderSettledV1(settlement_id=f"{ORDER}-t1", order_id=ORDER, parts=PARTS) == only(on.send(settle()))
    assert {
        "CASH_IN_TRANSIT": 10_000,
        "COMMISSION": -750,
        "FREIGHT": -800,
        "PAYABLE:apple-farm": -5_400,
        "PAYABLE:bear-toys": -2_850,
        "TAX": -200,
    } == accounts(on)


@pytest.mark.parametrize("refunds", [(3_333, 3_333, 3_334), (1, 9_999), (9_999, 1), (3_000, 5_000, 2_000), (10_000,)])
@pytest.mark.parametrize("settled", [(10_000, 1_001), (7_000, 701), (1, 1)])
def test_the_last_unit_gives_back_the_rest_of_the_commission(
    refunds: tuple[int, ...], settled: tuple[int, int]
) -> None:
    """However a payment that was settled goes back, piece by piece, the whole commission goes back with it."""
    on = bench()
    reconciled(on, parts=(_farm(10_000, 1_001),))
    on.send(settle(parts=(_farm(*settled),)))
    assert -settled[1] == accounts(on)["COMMISSION"]
    for number, goods in enumerate(refunds, start=1):
        on.send(refund(f"{ORDER}-r{number}", _farm(goods, goods * 1_001 // 10_000)))
        refund_answered(on, f"{ORDER}-r{number}")
    assert {} == accounts(on)


def test_a_refused_refund_keeps_the_commission() -> None:
    """What the channel refuses to pay back takes its commission again, and the next try gives back the same."""
    on = bench()
    reconciled(on, parts=(_farm(10_000, 1_001),))
    on.send(settle(parts=(_farm(10_000, 1_001),)))
    for verdict, commission in (("no", -1_001), ("yes", -901)):
        on.send(refund(f"{ORDER}-r1", _farm(1_000, 100)))
        refund_answered(on, f"{ORDER}-r1", verdict)
        assert commission == accounts(on)["COMMISSION"]


def _farm(goods: int, commission: int) -> MerchantPart:
    return MerchantPart(merchant_id="apple-farm", goods=goods, commission=commission, freight=0, tax=0)


def test_settlement_twice_is_booked_once() -> None:
    """The same settlement again is answered like the first."""
    on = bench()
    reconciled(on)
    on.send(settle())
    before = accounts(on)
    assert ("duplicate", ["OrderSettled"]) == ((again := on.send(settle())).outcome, names(again))
    assert before == accounts(on)


def test_settlement_with_other_parts_is_poison() -> None:
    """The id of a settlement stands for its parts."""
    on = bench()
    reconciled(on)
    on.send(settle())
    assert Verdict.DEAD == on.send(settle(parts=PARTS[:1])).verdict


def test_settlement_waits_for_the_cash() -> None:
    """Goods can be received before the carrier has remitted: they are settled when it has."""
    on = bench()
    on.send(request(channel="cash_on_delivery"))
    assert [] == names(on.send(settle()))
    assert ("duplicate", []) == ((again := on.send(settle())).outcome, names(again))
    remitted = on.send(statement_line(channel="cash_on_delivery"))
    assert ["PaymentCaptured", "PaymentReconciled", "OrderSettled"] == names(remitted)


def test_settlement_beyond_escrow_is_refused_and_shown() -> None:
    """More than waits in escrow is not released, and a person looks."""
    on = bench()
    reconciled(on)
    on.send(refund())
    assert ["ExceptionOpened"] == names(on.send(settle()))
    assert [("AMOUNT_DIFF", True)] == exceptions(on)
    assert SettlementState.REFUSED == payment(on).settlements[0].state


def test_settlement_of_a_cancelled_payment_is_refused() -> None:
    """Where nothing waits in escrow nothing is released."""
    on = bench()
    on.send(cancel())
    assert ["ExceptionOpened"] == names(on.send(settle()))


def test_settlement_of_an_unknown_order_waits() -> None:
    """A settlement with money before its payment is parked; one without money is done."""
    assert Verdict.PARKED == bench().send(settle()).verdict
    assert ["OrderSettled"] == names(bench().send(settle(parts=())))
