"""What is told of a message that a service can never handle: where it came from and why, never what was in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.values import Contract, Moment


class DeadLettered(Contract):
    """A message could not be handled and is kept by the service, ready for replay."""

    message_id: Annotated[str, Field(description="ce_id of the message, else its topic, partition and offset")]
    key: Annotated[str, Field(description="its record key, else its message_id; the record key of this message, too")]
    type: Annotated[str, Field(description="its type as it was said; empty when it could not be read")]
    topic: Annotated[str, Field(description="where it came from; a task is no topic and says so")]
    partition: Annotated[int, Field(description="where in the topic")]
    offset: Annotated[int, Field(description="where in the partition")]
    error: Annotated[str, Field(max_length=1_000, description="why it cannot be handled, words for a person")]
    failed_at: Moment


class OrderDeadLetteredV1(DeadLettered):
    """The order service set a message aside."""


class InventoryDeadLetteredV1(DeadLettered):
    """The inventory service set a message aside."""


class PaymentDeadLetteredV1(DeadLettered):
    """The payment service set a message aside."""


class FulfillmentDeadLetteredV1(DeadLettered):
    """The fulfillment service set a message aside."""


class BillingDeadLetteredV1(DeadLettered):
    """The billing service set a message aside."""
