from __future__ import annotations

from datetime import timedelta

from contracts.inventory import ExtendHoldV1
from services.order.tests.basket import DAY, ID
from services.order.tests.examples import Shop, names
from services.order.tests.words import cancel_refused, captured, only, reconciled, requested


def test_money_that_was_told_of_before_the_refusal_to_close() -> None:
    """A capture that is heard while the order is locked at its deadline counts once the order goes on."""
    shop = Shop()
    shop.accepted()
    shop.say(requested())
    assert "CancelPaymentV1" in names(shop.bench.advance(DAY))
    shop.say(captured(shop.due))
    resumed = shop.say(cancel_refused(shop.due))
    assert only(ExtendHoldV1, resumed.emitted).order_id == ID
    assert ("confirming_payment", "reconciled") == (shop.state, shop.order.sagas["checkout"].waits_at)
    assert [] == names(shop.bench.advance(timedelta(minutes=5)))
    assert ["CommitStockV1"] == names(shop.say(reconciled(shop.due)))
