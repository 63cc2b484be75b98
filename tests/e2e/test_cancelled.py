"""Orders that end without the goods: unpaid, out of stock, cancelled, too late, refused at the door."""

import pytest

from contracts.order import CancelOrderV1, ConfirmReceiptV1, RequestedTender
from contracts.tenders import IssueTenderV1
from e2e.shop import FREIGHT, order
from e2e.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def coupon_of(town: Town, tender_id: str) -> RequestedTender:
    """Give Ann a coupon, and return it as she spends it."""
    await town.send(IssueTenderV1(tender_id=tender_id, customer_id="ann", kind="coupon", currency="USD", amount=300))

    async def issued() -> bool:
        tenders = await town.clerk.ask(service="payment", path="/customers/ann/tenders")
        return any(each["tender_id"] == tender_id for each in tenders)

    await town.until(issued)
    return RequestedTender(tender_id=tender_id, kind="coupon", amount=300)


async def available(town: Town, tender_id: str) -> int:
    """Return what of a tender of Ann's can be spent."""
    tenders = await town.clerk.ask(service="payment", path="/customers/ann/tenders")
    return sum(each["available"] for each in tenders if each["tender_id"] == tender_id)


async def test_unpaid_order_is_cancelled_at_the_deadline(town: Town) -> None:
    """An order that nobody pays is cancelled when its time is over, and stock and coupon are free again."""
    placed = order(("tea", 2), profile="express", coupon=await coupon_of(town, "coupon-unpaid"))
    await town.send(placed)
    await town.told(placed.order_id, "order.placed")
    cancelled = await town.told(placed.order_id, "order.cancelled")
    assert (0, "coupon-unpaid") == (cancelled["refunded"], cancelled["tenders"][0]["tender_id"])
    await town.rests(placed.order_id, "cancelled")
    assert 300 == await available(town, "coupon-unpaid")


async def test_order_that_is_out_of_stock_is_rejected_with_figures(town: Town) -> None:
    """An order for more than there is is rejected, each line with what is available, and takes nothing."""
    placed = order(("tea", 1), ("rare", 3), coupon=await coupon_of(town, "coupon-short"))
    await town.send(placed)
    rejected = await town.told(placed.order_id, "order.rejected")
    assert [("rare", 2)] == [(line["line_id"], line["available"]) for line in rejected["lines"]]
    await town.rests(placed.order_id, "rejected")
    (place,) = await town.clerk.ask(service="inventory", path="/stock/rare")
    assert (2, 0) == (place["on_hand"], place["reserved"])
    assert 300 == await available(town, "coupon-short")


async def test_order_is_cancelled_before_payment(town: Town) -> None:
    """A customer cancels before paying: the pay page is closed, and everything held is given back."""
    placed = order(("tea", 2), coupon=await coupon_of(town, "coupon-before"))
    await town.send(placed)
    await town.told(placed.order_id, "payment.payment-requested")
    body = {"by": "customer", "reason": "changed_mind"}
    answer = await town.write(f"/orders/{placed.order_id}/cancel", body, key="cancel-before")
    assert (200, "cancelling") == (answer.status_code, answer.json()["state"])
    await town.rests(placed.order_id, "cancelled")
    assert 300 == await available(town, "coupon-before")


async def test_order_is_cancelled_after_payment(town: Town) -> None:
    """A customer cancels a paid order that was not shipped: money, coupon and stock go back, and nothing is shipped."""
    placed = order(("tea", 2), ("lamp", 1), coupon=await coupon_of(town, "coupon-after"))
    await town.script(placed.order_id, pick="hold")
    await town.send(placed)
    await town.pay(placed.order_id)
    await town.told(placed.order_id, "order.confirmed")
    await town.send(CancelOrderV1(order_id=placed.order_id, by="customer", reason="changed_mind"), times=2)
    cancelled = await town.told(placed.order_id, "order.cancelled")
    assert (placed.due, 300) == (cancelled["refunded"], sum(each["amount"] for each in cancelled["tenders"]))
    await town.rests(placed.order_id, "cancelled", captured=placed.due, refunded=placed.due)
    assert 300 == await available(town, "coupon-after")
    assert [] == town.tape.of(placed.order_id, "billing.invoice-issued")


async def test_delivered_order_is_too_late_to_cancel(town: Town) -> None:
    """Who cancels after the delivery is told that it is too late and what to do, and the order goes on as it was."""
    placed = order(("tea", 1), profile="corporate")
    await town.send(placed)
    await town.pay(placed.order_id)
    await town.told(placed.order_id, "fulfillment.shipment-delivered")
    await town.until_shown(placed.order_id, "service_window")
    body = {"by": "customer", "reason": "changed_mind"}
    answer = await town.write(f"/orders/{placed.order_id}/cancel", body, key="cancel-late")
    said = answer.json()
    assert (422, "too_late", True) == (answer.status_code, said["reason"], "return the goods" in said["advice"])
    refused = await town.told(placed.order_id, "order.cancellation-refused")
    assert said["advice"] == refused["advice"]
    assert "service_window" == (await town.show(placed.order_id))["state"]
    await town.send(ConfirmReceiptV1(order_id=placed.order_id))
    await town.rests(placed.order_id, "completed", captured=placed.due, invoiced=placed.due, gone=1)


async def test_late_payment_is_refunded(town: Town) -> None:
    """Money that comes after the order was cancelled goes back by itself, and the order stays cancelled."""
    placed = order(("tea", 1), profile="express")
    await town.send(placed)
    await town.told(placed.order_id, "order.cancelled")
    await town.pay(placed.order_id)
    back = await town.told(placed.order_id, "payment.excess-refunded")
    assert ("late", placed.due) == (back["why"], back["amount"])
    await town.rests(placed.order_id, "cancelled", captured=placed.due, refunded=placed.due)


async def test_second_payment_is_refunded(town: Town) -> None:
    """Money that was taken twice goes back once, and the order is completed."""
    placed = order(("tea", 1))
    await town.send(placed)
    await town.pay(placed.order_id)
    await town.pay(placed.order_id, again="true")
    assert "double" == (await town.told(placed.order_id, "payment.excess-refunded"))["why"]
    await town.rests(
        placed.order_id, "completed", captured=2 * placed.due, refunded=placed.due, invoiced=placed.due, gone=1
    )


async def test_overpayment_is_refunded(town: Town) -> None:
    """Of more money than was due the difference goes back, and the order is completed."""
    placed = order(("tea", 1))
    await town.send(placed)
    await town.pay(placed.order_id, amount=placed.due + 77)
    back = await town.told(placed.order_id, "payment.excess-refunded")
    assert ("over", 77) == (back["why"], back["amount"])
    await town.rests(placed.order_id, "completed", captured=placed.due + 77, refunded=77, invoiced=placed.due, gone=1)


async def test_underpaid_order_waits_until_it_is_topped_up(town: Town) -> None:
    """Less money than was due opens an exception and ships nothing; the missing cent lets the order go on."""
    placed = order(("tea", 1))
    await town.send(placed)
    await town.pay(placed.order_id, amount=placed.due - 1)
    mismatch = await town.told(placed.order_id, "payment.payment-mismatched")
    assert (placed.due, placed.due - 1) == (mismatch["due"], mismatch["captured"])
    assert [] == town.tape.of(placed.order_id, "order.confirmed", "fulfillment.shipments-created")
    await town.pay(placed.order_id, amount=1, again="true")
    await town.rests(placed.order_id, "completed", captured=placed.due, invoiced=placed.due, gone=1)


async def test_order_that_is_refused_at_the_door_is_paid_back(town: Town) -> None:
    """Goods that are refused at the door are restocked, credited and paid back; the freight was used and is kept."""
    placed = order(("tea", 2), ("milk", 1), coupon=await coupon_of(town, "coupon-door"))
    await town.script(placed.order_id, door="refuse")
    await town.send(placed)
    await town.pay(placed.order_id)
    closed = await town.told(placed.order_id, "order.closed")
    goods = placed.due - FREIGHT
    assert goods == closed["refunded"]
    await town.rests(
        placed.order_id, "closed", captured=placed.due, refunded=goods, invoiced=placed.due, credited=goods
    )
    assert 300 == await available(town, "coupon-door")
    restocked = await town.all_told(placed.order_id, "inventory.stock-restocked", count=2)
    assert 3 == sum(each.data["restocked"] for each in restocked)
