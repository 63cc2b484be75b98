"""Our system as `make demo` starts it, without the simulated world: what it is told, and what it is filled with."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench.workload import CURRENCY, Workload, customer_name
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
from contracts.order import Delivery, InvoiceChoice, PlaceOrderV1, RequestedLine
from contracts.tenders import TopUpBalanceV1
from contracts.values import ChannelName, Contract
from embedded.databases import Grants, run_sql
from embedded.postgres import SUPERUSER
from embedded.stack import Stack
from embedded.stack import start as start_stack
from simulators.demo.preparing import COMMANDS, FEEDS
from simulators.house.addresses import SERVICES, WORLD
from simulators.house.embedded import EmbeddedHouse
from simulators.publishing import Publisher
from simulators.shopper.replay import publish_all, wait_until_taken

WAREHOUSE, REGION, MERCHANT = "main", "r1", "m1"
SOURCE = "/bench"
_ALWAYS = 10_000
_FILL_SECONDS = 300
_SEALED_BYTES = 170  # nonce, name, phone, street, city and postcode, tag

ENVIRONMENT = {
    # Waves close at once, and the warehouse hands its parcels to the carrier by itself: no clock outside is measured.
    "FULFILLMENT_WAVE_SECONDS": "0",
    "FULFILLMENT_SELF_ADVANCING": f"{WAREHOUSE}:dispatched",
    "FULFILLMENT_STEP_SECONDS": "0",
}


def open_house(*, folder: Path, say: Callable[[str], None], statements: bool, processes: int) -> EmbeddedHouse:
    """Return a house that has been started; its simulated world is ended, for here nobody outside takes part."""
    house = EmbeddedHouse(
        state_dir=folder,
        environment=ENVIRONMENT,
        processes=processes,
        say=say,
        premises=lambda: _premises(folder, say, statements=statements),
    )
    try:
        house.start()
    except BaseException:
        house.stop()
        raise
    house.kill(WORLD)
    return house


def _premises(folder: Path, say: Callable[[str], None], *, statements: bool) -> Stack:
    stack = start_stack(state_dir=folder, fsync=True, progress=say)
    if statements:
        admin = stack.postgres_url()
        run_sql(url=admin, sql="ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements';")
        stack.restart(name="postgres")
        run_sql(url=admin, sql="CREATE EXTENSION pg_stat_statements;")
    return stack


async def fill(*, house: EmbeddedHouse, workload: Workload) -> None:
    """Publish what must be known before the first order, wait until it is, and refresh the planner's statistics."""
    kafka = house.addresses.kafka
    async with Publisher(bootstrap=kafka, source=SOURCE) as publisher:
        await publish_all(publisher=publisher, messages=_feeds(workload), run=SOURCE)
        await wait_until_taken(bootstrap=kafka, groups=FEEDS, seconds=_FILL_SECONDS)
        await publish_all(publisher=publisher, messages=_holdings(workload), run=SOURCE)
        await wait_until_taken(bootstrap=kafka, groups=COMMANDS, seconds=_FILL_SECONDS)
    for url in database_urls(house=house).values():
        run_sql(url=url, sql="ANALYZE;")


def database_urls(*, house: EmbeddedHouse) -> Mapping[str, str]:
    """Return the superuser's address of each service's database."""
    return {
        service: house.servers.postgres_url(database=Grants.of_service(service=service).database, role=SUPERUSER)
        for service in SERVICES
    }


def _feeds(workload: Workload) -> Iterator[Contract]:
    sequence = int(datetime.now(UTC).timestamp() * 1000)
    yield MerchantPublishedV1(merchant_id=MERCHANT, name="Bench", sequence=sequence)
    yield _warehouse(sequence)
    yield _freight(sequence)
    for sku, price in workload.prices().items():
        yield ProductPublishedV1(
            sku=sku, name=sku, merchant_id=MERCHANT, handling_class="ambient", weight=100, sequence=sequence
        )
        yield OfferPublishedV1(offer_id=sku, sku=sku, currency=CURRENCY, gross=price, sequence=sequence)
    for number in range(workload.customers):
        customer = customer_name(number=number)
        yield AccountChangedV1(customer_id=customer, active=True, region=REGION, sequence=sequence)


def _warehouse(sequence: int) -> WarehousePublishedV1:
    zone = WarehouseZone(region=REGION, base=100, per_kilogram=10, days=1)
    return WarehousePublishedV1(
        warehouse_id=WAREHOUSE, name="Main", zones=(zone,), classes=("ambient",), sequence=sequence
    )


def _freight(sequence: int) -> FreightPublishedV1:
    zone = FreightZone(regions=(REGION,), first=_ALWAYS, first_price=0, step=_ALWAYS, step_price=0)
    return FreightPublishedV1(
        template_id="free",
        method="standard",
        currency=CURRENCY,
        unit="quantity",
        zones=(zone,),
        sequence=sequence,
    )


def _holdings(workload: Workload) -> Iterator[Contract]:
    for sku, units in workload.stock().items():
        yield ReceiveStockV1(receipt_id=f"bench-{sku}", sku=sku, warehouse_id=WAREHOUSE, quantity=units)
    for customer, money in workload.balances().items():
        if money:
            yield TopUpBalanceV1(top_up_id=f"bench-{customer}", customer_id=customer, currency=CURRENCY, amount=money)


def command_of(
    *,
    order_id: str,
    key: str,
    customer: str,
    lines: tuple[tuple[str, int, int], ...],
    channel: ChannelName = "balance",
) -> PlaceOrderV1:
    """Return the command of an order; lines are sku, quantity and price."""
    return PlaceOrderV1(
        order_id=order_id,
        customer_id=customer,
        idempotency_key=key,
        profile="standard",
        currency=CURRENCY,
        lines=tuple(
            RequestedLine(line_id=f"l{number}", sku=sku, offer_id=sku, quantity=quantity, net=quantity * price)
            for number, (sku, quantity, price) in enumerate(lines, start=1)
        ),
        delivery=Delivery(region=REGION, method="standard", recipient=_sealed(order_id)),
        channel=channel,
        freight=0,
        due=sum(quantity * price for _, quantity, price in lines),
        invoice=InvoiceChoice(type="electronic"),
    )


def _sealed(order_id: str) -> str:
    """Return what stands for a sealed recipient: nobody opens it before a label is printed."""
    return base64.b64encode(hashlib.shake_256(order_id.encode()).digest(_SEALED_BYTES)).decode()
