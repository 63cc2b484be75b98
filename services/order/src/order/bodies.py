"""The bodies of HTTP requests."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.ids import order_id
from contracts.order import CancelledBy, Delivery, InvoiceChoice, PlaceOrderV1, RequestedLine, RequestedTender
from contracts.values import (
    Amount,
    ChannelName,
    Currency,
    DeliveryMethod,
    Id,
    LineUnits,
    Profile,
    Reason,
    Region,
    Sealed,
    Slot,
)

Words = Annotated[str, Field(min_length=1, max_length=200)]


class Body(BaseModel):
    """A body that may hold no field that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Recipient(Body):
    """Who gets the goods, in clear: it is sealed before anything is stored or published."""

    name: Words
    phone: Words
    street: Words
    city: Words
    postcode: Annotated[str, Field(max_length=20)] = ""

    @property
    def clear(self) -> bytes:
        """The bytes to seal, the same for the same recipient; escaped they could be longer than what may be sealed."""
        return json.dumps(self.model_dump(), sort_keys=True, ensure_ascii=False).encode()


class DeliveryBody(Body):
    """Where and how; the recipient in clear, or sealed by the caller with the customer's key."""

    region: Region
    method: DeliveryMethod
    slot: Slot | None = None
    recipient: Recipient | None = None
    sealed_recipient: Sealed | None = None


class PlaceBody(Body):
    """An order with the figures that the customer was shown; the Idempotency-Key names it."""

    customer_id: Id
    profile: Profile
    currency: Currency
    lines: Annotated[tuple[RequestedLine, ...], Field(min_length=1, max_length=200)]
    delivery: DeliveryBody
    channel: ChannelName
    tenders: Annotated[tuple[RequestedTender, ...], Field(max_length=200)] = ()
    freight: Amount
    tax: Amount = 0
    due: Amount
    invoice: InvoiceChoice = InvoiceChoice()

    def command(self, *, key: str, recipient: str | None) -> PlaceOrderV1:
        """Return the command with the sealed recipient and the id that follows from customer and key."""
        return PlaceOrderV1(
            order_id=order_id(customer_id=self.customer_id, idempotency_key=key),
            idempotency_key=key,
            delivery=Delivery(
                region=self.delivery.region,
                method=self.delivery.method,
                slot=self.delivery.slot,
                recipient=recipient or self.delivery.sealed_recipient,
            ),
            **{name: getattr(self, name) for name in _COPIED},
        )


_COPIED = (*("customer_id", "profile", "currency", "lines", "channel", "tenders", "freight", "tax", "due", "invoice"),)


class CancelBody(Body):
    """A cancellation of the whole order, of some units, or of sub-orders."""

    by: CancelledBy
    reason: Reason
    lines: tuple[LineUnits, ...] = ()
    sub_order_ids: tuple[Id, ...] = ()


class ConfirmBody(Body):
    """A confirmation of the whole order, or of one sub-order."""

    sub_order_id: Id | None = None
