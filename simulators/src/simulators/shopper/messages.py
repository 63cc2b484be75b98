"""The messages that a replay publishes: reference data, stock, coupons, and the order of a plan."""

from collections import Counter
from collections.abc import Iterator, Sequence

from contracts.catalog import (
    FreightPublishedV1,
    FreightZone,
    MerchantPublishedV1,
    OfferPublishedV1,
    ProductPublishedV1,
    WarehousePublishedV1,
    WarehouseZone,
)
from contracts.customer import AccountChangedV1
from contracts.inventory import ReceiveStockV1
from contracts.order import Delivery, InvoiceChoice, PlaceOrderV1, RequestedLine, RequestedTender
from contracts.tenders import IssueTenderV1
from contracts.values import Contract
from simulators.baskets.model import CURRENCY
from simulators.baskets.reference import Reference, Warehouse
from simulators.shopper.plan import Life, Plan

_ALWAYS = 10_000


def feed_messages(*, reference: Reference, sequence: int) -> Iterator[Contract]:
    """Yield the feeds; a higher sequence replaces what an earlier run has published."""
    for merchant in reference.merchants:
        yield MerchantPublishedV1(
            merchant_id=merchant.merchant_id,
            name=merchant.name,
            marketplace=merchant.marketplace,
            commission=merchant.commission,
            settlement_days=merchant.settlement_days,
            sequence=sequence,
        )
    for product in reference.products:
        yield ProductPublishedV1(
            sku=product.sku,
            name=product.name,
            spec=product.spec,
            merchant_id=product.merchant_id,
            handling_class=product.handling_class,
            weight=product.weight,
            sequence=sequence,
        )
    yield from (_warehouse(warehouse, sequence) for warehouse in reference.warehouses)
    yield _freight(reference, sequence)
    for customer in reference.customers:
        yield AccountChangedV1(customer_id=customer.customer_id, active=True, region=customer.region, sequence=sequence)
    for offer in reference.offers:
        yield OfferPublishedV1(
            offer_id=offer.offer_id,
            sku=offer.sku,
            currency=CURRENCY,
            base_quantity=offer.quantity,
            min_quantity=offer.quantity,
            max_quantity=offer.quantity,
            gross=offer.gross,
            promotion=offer.promotion,
            sequence=sequence,
        )


def _warehouse(warehouse: Warehouse, sequence: int) -> WarehousePublishedV1:
    return WarehousePublishedV1(
        warehouse_id=warehouse.warehouse_id,
        name=warehouse.name,
        zones=tuple(
            WarehouseZone(region=zone.region, base=zone.base, per_kilogram=zone.per_kilogram, days=zone.days)
            for zone in warehouse.coverage
        ),
        classes=warehouse.classes,
        packaging=warehouse.packaging,
        handling=warehouse.handling,
        sequence=sequence,
    )


def _freight(reference: Reference, sequence: int) -> FreightPublishedV1:
    zone = FreightZone(regions=reference.regions, first=_ALWAYS, first_price=0, step=_ALWAYS, step_price=0)
    return FreightPublishedV1(
        template_id="free",
        method="standard",
        currency=CURRENCY,
        unit="quantity",
        zones=(zone,),
        sequence=sequence,
    )


def stock_messages(*, reference: Reference, plans: Sequence[Plan], run: str) -> Iterator[ReceiveStockV1]:
    """Yield the receipts of all stock; a sku that shall be short comes to one place, one unit less than is wanted."""
    left = Counter({plan.short_sku: _wanted(plan) - 1 for plan in plans if plan.short_sku is not None})
    for stock in reference.stock:
        quantity = stock.quantity
        if stock.sku in left:
            quantity, left[stock.sku] = left[stock.sku], 0
        if quantity:
            yield ReceiveStockV1(
                receipt_id=f"{run}-{stock.warehouse_id}-{stock.sku}",
                sku=stock.sku,
                warehouse_id=stock.warehouse_id,
                quantity=quantity,
            )


def _wanted(plan: Plan) -> int:
    return sum(line.quantity for line in plan.basket.lines if line.sku == plan.short_sku)


def coupon_messages(*, plan: Plan) -> Iterator[IssueTenderV1]:
    """Yield the coupons that the customer has for a basket: one for each line that one paid for."""
    for tender in place_order(plan=plan).tenders:
        yield IssueTenderV1(
            tender_id=tender.tender_id,
            customer_id=plan.basket.customer_id,
            kind=tender.kind,
            currency=CURRENCY,
            amount=tender.amount,
        )


def place_order(*, plan: Plan) -> PlaceOrderV1:
    """Return the order of a plan; what is never paid in time is ordered on the short clock of express."""
    basket = plan.basket
    numbered = [(f"l{number}", line) for number, line in enumerate(basket.lines, start=1)]
    return PlaceOrderV1(
        order_id=plan.order_id,
        customer_id=basket.customer_id,
        idempotency_key=plan.key,
        profile="express" if plan.life in {Life.UNPAID, Life.LATE} else "standard",
        currency=CURRENCY,
        lines=tuple(
            RequestedLine(line_id=id_, sku=line.sku, offer_id=line.offer_id, quantity=line.quantity, net=line.net)
            for id_, line in numbered
        ),
        delivery=Delivery(region=basket.region, method="standard"),
        channel=plan.channel,
        tenders=tuple(
            RequestedTender(tender_id=f"{plan.key}-{id_}", kind="coupon", amount=line.coupon, eligible_lines=(id_,))
            for id_, line in numbered
            if line.coupon
        ),
        freight=0,
        due=basket.due,
        invoice=InvoiceChoice(type="electronic"),
    )
