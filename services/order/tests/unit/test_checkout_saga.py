from __future__ import annotations

from datetime import timedelta

from chassis.testing import MONDAY
from contracts.billing import IssueInvoiceV1
from contracts.inventory import ShortLine, StockRefusedV1
from contracts.order import OrderPlacedV1, OrderRejectedV1
from contracts.payment import PaymentDeclinedV1, RequestPaymentV1, SettleOrderV1
from contracts.tenders import TendersRefusedV1
from order.domain.reference import OFFER, Offer
from order.domain.timeline import broken_at
from services.order.tests.basket import DAY, ID, coupon, free, line, place
from services.order.tests.examples import Shop, names
from services.order.tests.words import (
    captured,
    created,
    delivered,
    dispatched,
    given_back,
    packed,
    reconciled,
    released,
    requested,
    stock_committed,
    stock_reserved,
    tenders_locked,
)


def test_placing_asks_for_stock_first() -> None:
    """An order without tenders reserves its stock at once and answers where it stands."""
    shop = Shop()
    step = shop.say(place())
    assert ["ReserveStockV1"] == names(step)
    assert {"order_id": ID, "state": "placing"} == step.answer


def test_tenders_are_locked_before_stock() -> None:
    """An order with tenders locks what it uses of them, then reserves its stock."""
    shop = Shop()
    assert ["LockTendersV1"] == names(shop.say(place(tenders=(coupon(300),))))
    assert ["ReserveStockV1"] == names(shop.say(tenders_locked()))


def test_held_stock_accepts_the_order() -> None:
    """With its stock held the order is placed, waits for its payment until the deadline, and asks for the money."""
    shop = Shop()
    shop.say(place())
    step = shop.say(stock_reserved(place()))
    assert ["OrderPlacedV1", "RequestPaymentV1"] == names(step)
    event = step.emitted[0]
    assert isinstance(event, OrderPlacedV1)
    assert (2400, 600, MONDAY + DAY) == (event.due, event.freight, event.pay_deadline)
    assert "awaiting_payment" == shop.state
    assert {f"{ID}/checkout"} == set(shop.bench.timers())


def test_a_clock_that_rings_before_the_saga_is_due_is_left_and_then_set_again() -> None:
    """Later steps wait longer: the clock of the first one stays, rings early without a word, and is set for theirs."""
    shop = Shop()
    shop.say(place())
    (first,) = shop.bench.timers().values()
    shop.bench.advance(timedelta(seconds=30))
    shop.say(stock_reserved(place()))
    assert [first] == list(shop.bench.timers().values())
    assert [] == names(shop.bench.fire(first.id))
    (again,) = shop.bench.timers().values()
    assert (shop.order.sagas["checkout"].due, MONDAY + timedelta(seconds=90)) == (again.due, again.due)
    shop.bench.clock.time = again.due
    assert ["RequestPaymentV1"] == names(shop.bench.fire(again.id))


def test_a_paid_order_ships_and_completes() -> None:
    """From captured money to the settled merchant every step follows from the one before."""
    shop = Shop()
    shop.accepted()
    assert [] == names(shop.say(requested()))
    assert ["ExtendHoldV1"] == names(shop.say(captured(2400)))
    assert "confirming_payment" == shop.state
    assert ["CommitStockV1"] == names(shop.say(reconciled(2400)))
    assert "confirming_payment" == shop.state
    assert ["OrderConfirmedV1", "CreateShipmentsV1"] == names(shop.say(stock_committed(shop.order)))
    assert "awaiting_pick" == shop.state
    shop.say(created(), packed())
    assert "awaiting_dispatch" == shop.state
    sent = shop.say(dispatched())
    assert ["IssueInvoiceV1"] == names(sent)
    assert isinstance(sent.emitted[0], IssueInvoiceV1)
    assert (2400, 600) == (sent.emitted[0].total, sent.emitted[0].freight)
    assert "awaiting_receipt" == shop.state
    shop.say(delivered())
    assert "service_window" == shop.state
    ended = shop.bench.advance(7 * DAY)
    assert ["SettleOrderV1", "OrderCompletedV1"] == [name for name in names(ended) if name != "IssueInvoiceV1"]
    assert "completed" == shop.state
    assert None is broken_at(entries=shop.history)


def test_money_that_is_proven_at_once_extends_no_hold() -> None:
    """Taken from a stored balance, the money is there and proven in one word: the goods are committed with it."""
    shop = Shop()
    shop.accepted()
    assert ["CommitStockV1"] == names(shop.say(reconciled(2400)))
    assert ("confirming_payment", 2400) == (shop.state, shop.order.captured)
    assert ["OrderConfirmedV1", "CreateShipmentsV1"] == names(shop.say(stock_committed(shop.order)))


def test_settlement_pays_what_was_asked_for() -> None:
    """The part that is settled is the part that was requested."""
    shop = Shop()
    asked = shop.accepted().emitted[-1]
    assert isinstance(asked, RequestPaymentV1)
    shop.say(requested(), captured(2400), reconciled(2400), stock_committed(shop.order), packed(), dispatched())
    shop.say(delivered())
    settled = next(each for each in shop.bench.advance(8 * DAY).emitted if isinstance(each, SettleOrderV1))
    assert asked.parts == settled.parts
    assert asked.amount == sum(part.goods + part.freight + part.tax for part in asked.parts)


def test_refused_stock_rejects_with_what_there_is() -> None:
    """Short stock gives the tenders back and then rejects with what is available of each line and what it costs."""
    shop = Shop()
    shop.say(place(tenders=(coupon(300),)), tenders_locked())
    short = ShortLine(line_id="tea", sku="tea", requested=2, available=1, reason="out_of_stock")
    assert ["ReleaseTendersV1"] == names(shop.say(StockRefusedV1(order_id=ID, reason="out_of_stock", lines=(short,))))
    assert "placing" == shop.state
    event = shop.say(given_back("checkout")).emitted[0]
    assert isinstance(event, OrderRejectedV1)
    assert ("tea", 1, 1800) == (event.lines[0].line_id, event.lines[0].available, event.lines[0].net_now)
    assert ("rejected", "out_of_stock") == (shop.state, event.reason)


def test_refused_tenders_reject() -> None:
    """A tender that cannot be used rejects the order and names it; nothing is held, nothing is given back."""
    shop = Shop()
    shop.say(place(tenders=(coupon(300),)))
    step = shop.say(TendersRefusedV1(order_id=ID, reason="spent", tender_id="c1", available=0))
    assert ["OrderRejectedV1"] == names(step)
    assert "rejected" == shop.state


def test_a_declined_payment_gives_everything_back() -> None:
    """A payment that surely did not happen releases stock and tenders, then the order is cancelled."""
    shop = Shop()
    shop.accepted(place(tenders=(coupon(300),)))
    declined = shop.say(PaymentDeclinedV1(order_id=ID, reason="insufficient_balance"))
    assert (["ReleaseStockV1"], "cancelling") == (names(declined), shop.state)
    assert ["ReleaseTendersV1"] == names(shop.say(released("checkout")))
    assert ["OrderCancelledV1"] == names(shop.say(given_back("checkout")))
    assert ("cancelled", "insufficient_balance") == (shop.state, shop.order.why)


def test_an_order_that_is_paid_by_tenders_waits_for_nobody() -> None:
    """With nothing due the payment consumes the tenders at once, and the order goes on without a payer."""
    shop = Shop()
    step = shop.accepted(free(line("tea"), tenders=(coupon(900),)))
    assert ["OrderPlacedV1", "RequestPaymentV1"] == names(step)[-2:]
    assert ("confirming_payment", None) == (shop.state, shop.order.pay_deadline)
    assert ["CommitStockV1"] == names(shop.say(reconciled(0)))
    assert ["OrderConfirmedV1", "CreateShipmentsV1"] == names(shop.say(stock_committed(shop.order)))
    shop.say(created(), packed(), dispatched(), delivered())
    assert ["OrderCompletedV1"] == names(shop.bench.advance(7 * DAY))


def test_an_order_that_costs_nothing_skips_the_payment() -> None:
    """With nothing due and no tenders the order counts as reconciled and commits its stock at once."""
    shop = Shop()
    shop.bench.given(OFFER, "o-tea", Offer(offer_id="o-tea", sku="tea", currency="USD", gross=0))
    step = shop.accepted(free(line("tea", net=0)))
    assert ["ReserveStockV1", "OrderPlacedV1", "CommitStockV1"] == names(step)


def test_repeated_replies_change_nothing() -> None:
    """A reply that was heard before is a duplicate: no message, no effect."""
    shop = Shop()
    shop.confirmed()
    before = shop.order
    for reply in (stock_reserved(place()), requested(), reconciled(2400), stock_committed(before), created()):
        step = shop.say(reply)
        assert ("duplicate", []) == (step.outcome, names(step))
    assert before == shop.order
