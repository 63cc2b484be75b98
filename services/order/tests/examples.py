"""A small shop on a bench: two merchants, a few products and offers, and the order of the basket."""

from __future__ import annotations

from typing import Any

from chassis.testing import Bench, Happened
from contracts.order import PlaceOrderV1
from contracts.values import Contract
from order.consumers import routes
from order.domain.order import ENTRY, ORDER, TERMS, Entry, Order, Terms
from order.domain.profiles import PROFILES
from order.domain.reference import (
    ACCOUNT,
    COVERAGE,
    FREIGHT,
    MERCHANT,
    OFFER,
    PRODUCT,
    Account,
    Coverage,
    FreightTariff,
    FreightZone,
    Merchant,
    Offer,
    Product,
)
from order.handlers.placing import Profiles
from order.publishers import PUBLISH
from services.order.tests.basket import CUSTOMER, ID, PRICES, physical, place
from services.order.tests.words import (
    captured,
    created,
    reconciled,
    requested,
    stock_committed,
    stock_reserved,
    tenders_locked,
)


def product(sku: str, **changes: Any) -> Product:
    """Return a product: ambient, half a kilogram, of merchant m1."""
    base = {"sku": sku, "name": sku.upper(), "merchant_id": "m1", "handling_class": "ambient", "weight": 500}
    return Product(**{**base, **changes})


PRODUCTS = (
    product("tea"),
    product("milk", handling_class="cold"),
    product("lamp", merchant_id="m2"),
    product("code", virtual=True),
    product("gone", on_sale=False),
    product("rare", cap_per_order=2),
    product("acid", handling_class="corrosive"),
)

TARIFF = FreightTariff(
    template_id="t1",
    method="standard",
    currency="USD",
    unit="quantity",
    policy="spread",
    zones=(
        FreightZone(regions=("r1", "r2"), first=2, first_price=600, step=2, step_price=100),
        FreightZone(regions=("free",), first=1, first_price=0, step=1, step_price=0),
    ),
    remote=("island",),
)


class Shop:
    """The order service on a bench, and the participants as a test wants them to be."""

    def __init__(self, *, profiles: Profiles = PROFILES) -> None:
        self.bench = Bench(service="order", routes=routes(profiles=profiles), publisher=PUBLISH)
        self.bench.given(ACCOUNT, CUSTOMER, Account(customer_id=CUSTOMER, active=True, region="r1"))
        self.bench.given(ACCOUNT, "asleep", Account(customer_id="asleep", active=False, region="r1"))
        self.bench.given(FREIGHT, "standard:USD", TARIFF)
        for region in ("r1", "r2", "free", "island"):
            self.bench.given(COVERAGE, region, Coverage(region=region, classes=("ambient", "cold")))
        for merchant in (
            Merchant(merchant_id="m1", name="One", commission=50_000),
            Merchant(merchant_id="m2", name="Two", commission=30_000, marketplace=True),
        ):
            self.bench.given(MERCHANT, merchant.merchant_id, merchant)
        for each in PRODUCTS:
            gross, promotion = PRICES[each.sku]
            offer = Offer(offer_id=f"o-{each.sku}", sku=each.sku, currency="USD", gross=gross, promotion=promotion)
            self.bench.given(PRODUCT, each.sku, each)
            self.bench.given(OFFER, offer.offer_id, offer)

    @property
    def order(self) -> Order:
        """The order as it is stored."""
        order = self.bench.aggregate(ORDER, ID)
        assert order is not None
        return order

    @property
    def terms(self) -> Terms:
        """The snapshot as it is stored."""
        terms = self.bench.aggregate(TERMS, ID)
        assert terms is not None
        return terms

    @property
    def state(self) -> str:
        """The state of the order."""
        return self.order.state.value

    @property
    def history(self) -> list[Entry]:
        """The rows of the timeline."""
        return self.bench.rows(ENTRY)

    def say(self, *contracts: Contract) -> Happened:
        """Bring these messages one after the other, and return what all of them led to."""
        steps = [self.bench.send(contract) for contract in contracts]
        return Happened(
            handled=tuple(each for step in steps for each in step.handled),
            emitted=tuple(each for step in steps for each in step.emitted),
        )

    def accepted(self, command: PlaceOrderV1 | None = None) -> Happened:
        """Place an order and let tenders and stock be there."""
        command = command or place()
        replies: list[Contract] = [tenders_locked()] if command.tenders else []
        replies += [stock_reserved(command)] if physical(command) else []
        return self.say(command, *replies)

    def paid(self, command: PlaceOrderV1 | None = None) -> Happened:
        """Let an order be accepted and its money be proven."""
        self.accepted(command)
        return self.say(requested(), captured(self.due), reconciled(self.due))

    def confirmed(self, command: PlaceOrderV1 | None = None) -> Happened:
        """Let an order be paid, committed and given to the warehouse."""
        self.paid(command)
        return self.say(stock_committed(self.order), created())

    @property
    def due(self) -> int:
        """What the channel takes."""
        return self.terms.priced.due


def names(happened: Happened) -> list[str]:
    """Return the names of what was emitted, in order."""
    return [type(each).__name__ for each in happened.emitted]
