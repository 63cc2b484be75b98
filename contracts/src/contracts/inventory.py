"""Messages that the inventory service owns: commands it takes, events it publishes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.values import (
    Allocation,
    Amount,
    Contract,
    Count,
    DeliveryMethod,
    Grade,
    Id,
    LineId,
    LineUnits,
    Moment,
    OrderId,
    Quantity,
    Reason,
    Region,
    Text,
)


class StockLine(Contract):
    """A line that wants stock."""

    line_id: LineId
    sku: Id
    quantity: Quantity


class ReserveStockV1(Contract):
    """Hold stock for an order, all of it or nothing, until the hold ends."""

    order_id: OrderId
    customer_id: Id
    region: Region
    method: DeliveryMethod
    hold_until: Moment
    lines: Annotated[tuple[StockLine, ...], Field(min_length=1, max_length=200)]


class HeldUnits(LineUnits):
    """Units of a line, of the warehouse that gives them, or of whichever does."""

    warehouse_id: Id | None = None


class ReleaseStockV1(Contract):
    """Give back what is held for an order, or only some units; without lines: all that is left."""

    order_id: OrderId
    cause: Annotated[str, Field(max_length=120, description="a second release with the same cause changes nothing")]
    lines: tuple[HeldUnits, ...] = ()


class CommitStockV1(Contract):
    """The order is paid: make its hold permanent, and take what is deducted at payment."""

    order_id: OrderId


class ExtendHoldV1(Contract):
    """Hold on while the payment is being confirmed; once per order."""

    order_id: OrderId
    hold_until: Moment


class GradedUnits(Contract):
    """Units that came back to a warehouse, with the grade they were given."""

    line_id: LineId
    sku: Id
    warehouse_id: Id
    quantity: Quantity
    grade: Grade


class RestockV1(Contract):
    """Take graded goods back: A and B can be sold again, C is written off, X was not ours."""

    order_id: OrderId
    cause: Annotated[str, Field(max_length=120, description="a second restock with the same cause changes nothing")]
    units: Annotated[tuple[GradedUnits, ...], Field(min_length=1)]


class ReceiveStockV1(Contract):
    """Goods arrived from a supplier; keyed by sku."""

    receipt_id: Id
    sku: Id
    warehouse_id: Id
    quantity: Annotated[int, Field(ge=1, le=10_000_000, description="pieces")]
    safety: Annotated[int | None, Field(ge=0, description="pieces never sold; absent leaves it as it is")] = None


class SourcingPlan(Contract):
    """A way to source an order: the warehouses, what it costs, and why it was not chosen."""

    warehouse_ids: tuple[Id, ...]
    cost: Amount
    note: Text = ""


class StockReservedV1(Contract):
    """The stock is held, with the cheapest plan over the warehouses and the plans that were rejected."""

    order_id: OrderId
    hold_until: Moment
    allocations: tuple[Allocation, ...]
    cost: Amount
    alternatives: tuple[SourcingPlan, ...] = ()


class ShortLine(Contract):
    """What a line wanted and what there is."""

    line_id: LineId
    sku: Id
    requested: Count
    available: Count
    reason: Reason


class StockRefusedV1(Contract):
    """Nothing is held: these lines are short, over a cap, or not covered."""

    order_id: OrderId
    reason: Reason
    lines: tuple[ShortLine, ...]


class StockReleasedV1(Contract):
    """What was held for the order, or the named units, is free again; nothing was held is also this answer."""

    order_id: OrderId
    cause: str
    allocations: tuple[Allocation, ...] = ()


class StockCommittedV1(Contract):
    """The hold is permanent; the allocations are those that will be shipped."""

    order_id: OrderId
    allocations: tuple[Allocation, ...]


class CommitRefusedV1(Contract):
    """At payment the goods were not there: the order has to be refunded."""

    order_id: OrderId
    reason: Reason
    lines: tuple[ShortLine, ...]


class HoldExtendedV1(Contract):
    """The hold lasts until the new time; `extended` is false when it had been extended before or is gone."""

    order_id: OrderId
    extended: bool
    hold_until: Moment | None = None


class HoldExpiredV1(Contract):
    """A hold ended unpaid and its stock is free again."""

    order_id: OrderId
    allocations: tuple[Allocation, ...]


class StockRestockedV1(Contract):
    """Graded goods were taken back."""

    order_id: OrderId
    cause: str
    restocked: Count
    written_off: Count


class StockReceivedV1(Contract):
    """Goods from a supplier are on hand; keyed by sku."""

    receipt_id: Id
    sku: Id
    warehouse_id: Id
    quantity: Count
    on_hand: Count


class StockRanLowV1(Contract):
    """Available stock of a sku in a warehouse fell under its threshold; keyed by sku."""

    sku: Id
    warehouse_id: Id
    available: Count
    threshold: Count
