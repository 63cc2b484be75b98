"""Before the first order: the reference data, the stock and the coupons are published, and the services have them."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from simulators.baskets.reference import Reference
from simulators.house.addresses import Addresses
from simulators.publishing import Publisher
from simulators.shopper.messages import coupon_messages, feed_messages, stock_messages
from simulators.shopper.plan import Plan
from simulators.shopper.replay import SOURCE, publish_all, wait_until_taken

FEEDS = {
    "order.feeds": (
        "catalog.products",
        "catalog.merchants",
        "catalog.offers",
        "catalog.warehouses",
        "catalog.freight",
        "customer.accounts",
    ),
    "inventory.feeds": ("catalog.products", "catalog.warehouses"),
}
COMMANDS = {"inventory": ("inventory.commands",), "payment": ("payment.commands",)}
SECONDS = 120


async def prepare(
    *, addresses: Addresses, reference: Reference, plans: Sequence[Plan], run: str, say: Callable[[str], None]
) -> Counter[str]:
    """Publish everything, wait until it is known, and return the stock by sku."""
    receipts = list(stock_messages(reference=reference, plans=plans, run=run))
    coupons = [coupon for plan in plans for coupon in coupon_messages(plan=plan)]
    sequence = int(datetime.now(UTC).timestamp() * 1000)
    async with Publisher(bootstrap=addresses.kafka, source=SOURCE) as publisher:
        feeds = await publish_all(
            publisher=publisher, messages=feed_messages(reference=reference, sequence=sequence), run=run
        )
        await wait_until_taken(bootstrap=addresses.kafka, groups=FEEDS, seconds=SECONDS)
        say(f"reference data: {feeds} products, merchants, offers, warehouses and customers are known")
        await publish_all(publisher=publisher, messages=[*receipts, *coupons], run=run)
        await wait_until_taken(bootstrap=addresses.kafka, groups=COMMANDS, seconds=SECONDS)
    received: Counter[str] = Counter()
    for receipt in receipts:
        received[receipt.sku] += receipt.quantity
    say(f"stock: {received.total():,} units of {len(received):,} skus; {len(coupons)} coupons")
    return received
