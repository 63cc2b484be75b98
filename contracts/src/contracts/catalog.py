"""Reference data of upstream systems: compacted feeds of products, merchants, offers, warehouses and freight."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.values import (
    Amount,
    Contract,
    Count,
    Currency,
    DeliveryMethod,
    Grams,
    HandlingClass,
    Id,
    Moment,
    Quantity,
    RatePpm,
    Region,
    Sequence,
    Text,
)


class ProductPublishedV1(Contract):
    """A sku, whose it is and how it is stored."""

    sku: Id
    name: Text
    spec: Text = ""
    merchant_id: Id
    handling_class: HandlingClass
    weight: Grams
    virtual: bool = False
    on_sale: bool = True
    stock_mode: Annotated[Literal["at_order", "at_payment"], Field(description="when stock is taken")] = "at_order"
    cap_per_order: Quantity | None = None
    cap_per_customer: Quantity | None = None
    low_stock: Annotated[int, Field(ge=0, description="warn when available falls under this many pieces")] = 0
    sequence: Sequence


class MerchantPublishedV1(Contract):
    """A merchant, its commission and when it is paid."""

    merchant_id: Id
    name: Text
    marketplace: bool = False
    commission: RatePpm = 0
    settlement_days: Count = 0
    sequence: Sequence


class OfferPublishedV1(Contract):
    """The price truth: gross and promotion for `base_quantity` units.

    A line takes a whole multiple of them within the range.
    """

    offer_id: Id
    sku: Id
    currency: Currency
    base_quantity: Quantity = 1
    min_quantity: Quantity = 1
    max_quantity: Quantity = 10_000
    gross: Amount
    promotion: Amount = 0
    tax_rate: RatePpm = 0
    tax_included: bool = True
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    sequence: Sequence


class WarehouseZone(Contract):
    """What it costs to bring a parcel into a region: a base, and so much per started kilogram, minor units."""

    region: Region
    base: Amount
    per_kilogram: Amount
    days: Count


class WarehousePublishedV1(Contract):
    """A warehouse: the regions it covers, the classes it can store.

    Its packaging and handling cost per parcel in minor units.
    """

    warehouse_id: Id
    name: Text
    zones: tuple[WarehouseZone, ...]
    classes: tuple[HandlingClass, ...]
    packaging: Amount = 0
    handling: Amount = 0
    sequence: Sequence


class FreightZone(Contract):
    """A tariff: the first so many units at one price, each started step beyond at another, minor units."""

    regions: tuple[Region, ...]
    first: Quantity
    first_price: Amount
    step: Quantity
    step_price: Amount


class FreightPublishedV1(Contract):
    """The freight that customers pay by one delivery method; remote regions are refused by name."""

    template_id: Id
    method: DeliveryMethod
    currency: Currency
    unit: Literal["quantity", "weight"]
    policy: Annotated[
        Literal["first_child", "spread"], Field(description="who bears the freight when the order is split")
    ] = "first_child"
    zones: tuple[FreightZone, ...]
    remote: tuple[Region, ...] = ()
    sequence: Sequence
