"""Orders that are paid and received, in every profile."""

import pytest

from contracts.order import ConfirmReceiptV1, RequestedTender
from contracts.tenders import IssueTenderV1, TopUpBalanceV1
from e2e.shop import PLENTY, order, virtual_order
from e2e.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_paid_order_is_split_invoiced_and_completed(town: Town) -> None:
    """An order of two merchants and two classes, with a coupon and tax, is paid, shipped, invoiced and completed."""
    coupon = RequestedTender(tender_id="coupon-paid", kind="coupon", amount=600, eligible_lines=("tea",))
    issue = IssueTenderV1(
        tender_id=coupon.tender_id, customer_id="ann", kind="coupon", currency="USD", amount=coupon.amount
    )
    await town.send(issue, times=2)
    await town.told("ann", "payment.tender-issued")
    placed = order(("tea", 3), ("milk", 2), ("lamp", 1), ("oil", 1), coupon=coupon)
    await town.send(placed)
    await town.pay(placed.order_id)
    confirmed = await town.told(placed.order_id, "order.confirmed")
    parts = confirmed["sub_orders"]
    assert placed.due == sum(part["total"] for part in parts)
    assert {("own", "ambient"), ("own", "cold"), ("stand", "ambient")} == {
        (part["merchant_id"], part["handling_class"]) for part in parts
    }
    await town.rests(
        placed.order_id,
        "completed",
        captured=placed.due,
        invoiced=placed.due,
        tenders_held=coupon.amount,
        gone=len(parts),
    )
    invoices = await town.all_told(placed.order_id, "billing.invoice-issued", count=len(parts))
    assert sorted((part["sub_order_id"], part["total"]) for part in parts) == sorted(
        (invoice.data["sub_order_id"], invoice.data["total"]) for invoice in invoices
    )
    shown = await town.show(placed.order_id)
    assert ("completed", placed.due, True) == (
        shown["label"],
        shown["payment"]["captured"],
        shown["payment"]["reconciled"],
    )
    timeline = await town.clerk.ask(service="order", path=f"/orders/{placed.order_id}/timeline")
    assert (None, "completed") == (timeline["broken_at"], timeline["entries"][-1]["state_to"])


async def test_customer_confirms_the_receipt(town: Town) -> None:
    """A delivered order whose service window is long completes when the customer confirms, and pays the merchant."""
    placed = order(("lamp", 1), profile="corporate")
    await town.send(placed)
    await town.pay(placed.order_id)
    await town.told(placed.order_id, "fulfillment.shipment-delivered")
    await town.send(ConfirmReceiptV1(order_id=placed.order_id), times=2)
    assert "customer" == (await town.told(placed.order_id, "order.completed"))["by"]
    await town.rests(placed.order_id, "completed", captured=placed.due, invoiced=placed.due, gone=1)
    (part,) = (await town.told(placed.order_id, "payment.order-settled"))["parts"]
    assert ("stand", 4_999, 250) == (part["merchant_id"], part["goods"], part["commission"])


async def test_cash_on_delivery_is_invoiced_after_the_remittance(town: Town) -> None:
    """A cod order goes out unpaid; the carrier's statement proves the money, and only then it is invoiced."""
    placed = order(("tea", 4), profile="cod", channel="cash_on_delivery")
    await town.send(placed)
    dispatched = await town.told(placed.order_id, "fulfillment.shipment-dispatched")
    assert placed.due == dispatched["collect"]
    await town.rests(placed.order_id, "completed", captured=placed.due, invoiced=placed.due, gone=1)
    told = [each.what for each in town.tape.of(placed.order_id)]
    assert told.index("order.confirmed") < told.index("fulfillment.shipment-dispatched")
    assert "payment.payment-reconciled" in told


async def test_virtual_order_is_completed_by_its_payment(town: Town) -> None:
    """A code is invoiced and completed as soon as it is paid, without any shipment."""
    placed = virtual_order()
    await town.send(placed)
    await town.pay(placed.order_id)
    await town.rests(placed.order_id, "completed", captured=placed.due, invoiced=placed.due)
    assert [] == town.tape.of(placed.order_id, "fulfillment.shipments-created")


async def test_prepaid_order_takes_the_balance(town: Town) -> None:
    """A virtual order that is paid by stored balance completes at once and lowers the balance once."""
    await town.send(TopUpBalanceV1(top_up_id="top-1", customer_id="bob", currency="USD", amount=5_000), times=2)
    await town.told("bob", "payment.balance-topped-up")
    placed = virtual_order(customer_id="bob", profile="virtual_prepaid", channel="balance")
    await town.send(placed, times=2)
    await town.rests(placed.order_id, "completed", captured=placed.due, invoiced=placed.due)
    balances = await town.clerk.ask(service="payment", path="/customers/bob/balances")
    assert [3_000] == [each["amount"] for each in balances]


async def test_too_little_balance_cancels_the_order(town: Town) -> None:
    """A virtual order that the balance does not cover is cancelled, and takes nothing."""
    placed = virtual_order(customer_id="ann", profile="virtual_prepaid", channel="balance")
    await town.send(placed)
    await town.rests(placed.order_id, "cancelled")


async def test_everything_twice_is_done_once(town: Town) -> None:
    """An order that is sent three times and paid twice, in a world that repeats itself, is one order."""
    placed = order(("vase", 2))
    await town.send(placed, times=2)
    await town.send(placed)
    await town.pay(placed.order_id)
    await town.pay(placed.order_id)
    await town.rests(placed.order_id, "completed", captured=placed.due, invoiced=placed.due, gone=1)
    told = [each.what for each in town.tape.of(placed.order_id)]
    once = {
        "order.placed",
        "order.confirmed",
        "order.completed",
        "payment.payment-captured",
        "payment.payment-reconciled",
        "fulfillment.shipment-dispatched",
        "billing.invoice-issued",
    }
    assert dict.fromkeys(once, 1) == {what: told.count(what) for what in once}
    stock = await town.clerk.ask(service="inventory", path="/stock/vase")
    assert PLENTY - 2 == sum(place["on_hand"] for place in stock)
