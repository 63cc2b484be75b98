"""Values that messages are made of: ids, money, quantities, and the base of every message."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

FIRST_YEAR, LAST_YEAR = 1970, 2999


def _in_reach(moment: datetime) -> datetime:
    """Refuse a time that no calendar arithmetic would survive: years later a deadline is computed from it."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"a time from {FIRST_YEAR} to {LAST_YEAR} is allowed")
    return moment


class Contract(BaseModel):
    """A frozen value on the wire; readers ignore fields they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)


Id = Annotated[str, Field(min_length=1, max_length=80, description="an identifier, compared byte by byte")]
OrderId = Annotated[
    str,
    Field(
        pattern="^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        description="uuid5 of customer id and idempotency key; the record key of everything in an order's life",
        examples=["8f3c2b1a-6d5e-5f40-9a7b-1c2d3e4f5a6b"],
    ),
]
LineId = Annotated[str, Field(min_length=1, max_length=40, description="the line's id, unique within its order")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217 code", examples=["EUR"])]
Amount = Annotated[int, Field(ge=0, le=10**15, description="money in minor units of the currency, not negative")]
Quantity = Annotated[int, Field(ge=1, le=10_000, description="pieces")]
Count = Annotated[int, Field(ge=0, description="pieces, may be none")]
Grams = Annotated[int, Field(ge=0, description="grams")]
RatePpm = Annotated[int, Field(ge=0, le=1_000_000, description="a rate in parts per million: 130000 is 13 %")]
Region = Annotated[str, Field(min_length=1, max_length=20, description="region code of an address; it is the zone")]
Reason = Annotated[str, Field(min_length=1, max_length=80, description="a reason from an open list, lower_snake_case")]
Text = Annotated[str, Field(max_length=500, description="words for a person, never parsed")]
Sealed = Annotated[
    str,
    Field(
        max_length=8_000,
        description="AES-GCM with the customer's key: base64 of nonce and ciphertext; a deleted key erases the person",
    ),
]
Moment = Annotated[AwareDatetime, AfterValidator(_in_reach), Field(description="RFC 3339, UTC")]
Sequence = Annotated[int, Field(ge=0, description="the source's counter; a higher one replaces a lower one")]

Profile = Literal["express", "standard", "promotion", "corporate", "cod", "virtual", "virtual_prepaid"]
ChannelName = Literal["alipay", "wechat_pay", "card", "bank_transfer", "cash_on_delivery", "balance"]
HandlingClass = Literal["ambient", "fragile", "damp", "corrosive", "cold", "dry", "oversize"]
TenderKind = Literal["coupon", "red_packet", "points"]
DeliveryMethod = Literal["standard", "express", "pickup", "none"]
Grade = Literal["A", "B", "C", "X"]
InvoiceType = Literal["none", "electronic", "general_vat", "special_vat"]


class Slot(Contract):
    """A delivery window that the customer chose."""

    starts: Moment
    ends: Moment


class LineUnits(Contract):
    """So many units of one line."""

    line_id: LineId
    quantity: Quantity


class TenderAmount(Contract):
    """A part of one tender."""

    tender_id: Id
    amount: Amount


class Allocation(Contract):
    """Units of a line that one warehouse gives."""

    line_id: LineId
    sku: Id
    warehouse_id: Id
    quantity: Quantity


class MerchantPart(Contract):
    """What of a sum belongs to whom.

    The merchant's goods with its commission, freight and tax, and the discount that tenders bore.
    """

    merchant_id: Id
    goods: Amount
    commission: Amount
    freight: Amount
    tax: Amount


class ShipmentLine(Contract):
    """Units of a line that a shipment carries."""

    line_id: LineId
    sku: Id
    name: Text
    quantity: Quantity
    weight: Annotated[int, Field(ge=0, description="grams of one unit")]


class PickedLine(Contract):
    """What the picker found of a line."""

    line_id: LineId
    sku: Id
    quantity: Count


class PackedParcel(Contract):
    """A physical package and what is in it, checked by sku and quantity."""

    parcel_id: Id
    weight: Grams
    lines: tuple[PickedLine, ...]


class OrderLine(Contract):
    """A line of the snapshot, with exact money."""

    line_id: LineId
    sku: Id
    name: Text
    merchant_id: Id
    handling_class: HandlingClass
    virtual: bool
    quantity: Quantity
    gross: Amount
    promotion: Amount
    tendered: Annotated[int, Field(ge=0, description="borne by coupons, red packets and points, minor units")]
    net: Annotated[int, Field(ge=0, description="gross - promotion - tendered, minor units")]
    tax_rate: RatePpm
    tax: Amount


class SubOrderLine(Contract):
    """Units of a line within a sub-order, with their part of the money."""

    line_id: LineId
    sku: Id
    quantity: Quantity
    net: Amount
    tax: Amount


class SubOrder(Contract):
    """The part of an order that one merchant ships from one warehouse in one handling class."""

    sub_order_id: Id
    merchant_id: Id
    warehouse_id: Id | None
    handling_class: HandlingClass
    virtual: bool
    lines: tuple[SubOrderLine, ...]
    freight: Amount
    total: Amount
