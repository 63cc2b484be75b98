"""Every message type with its model, its topic and its key: the header says the type, the registry says the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from contracts import auditing, billing, catalog, customer, deadletters, fulfillment, inventory, order, payment, tenders
from contracts.values import Contract

MessageKind = Literal["command", "event", "feed", "dead_letter"]


@dataclass(frozen=True, slots=True)
class MessageType:
    """A type name ``<owner>.<what>.v<major>``, its model, its topic, and the field that is the record key."""

    name: str
    model: type[Contract]
    topic: str
    kind: MessageKind
    key: str = "order_id"

    @property
    def owner(self) -> str:
        """The service or upstream system that owns the type."""
        return self.name.split(".", 1)[0]


@dataclass(frozen=True)
class Registry:
    """A set of message types, found by name or by model."""

    types: tuple[MessageType, ...]
    _by_name: Mapping[str, MessageType] = field(init=False, repr=False)
    _by_model: Mapping[type[Contract], MessageType] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Index the types and refuse two with one name or one model."""
        by_name = {each.name: each for each in self.types}
        by_model = {each.model: each for each in self.types}
        if not len(by_name) == len(by_model) == len(self.types):
            raise ValueError("a message type or model stands twice in the registry")
        object.__setattr__(self, "_by_name", by_name)
        object.__setattr__(self, "_by_model", by_model)

    def __iter__(self) -> Iterator[MessageType]:
        """Go through the types in the order in which they were declared."""
        return iter(self.types)

    def find(self, name: str) -> MessageType | None:
        """Return the type with this name, or None."""
        return self._by_name.get(name)

    def of(self, model: type[Contract]) -> MessageType:
        """Return the type of this model; KeyError when it is not registered."""
        return self._by_model[model]

    def extended(self, types: Iterable[MessageType]) -> Registry:
        """Return a registry with more types."""
        return Registry(types=(*self.types, *types))


def _commands(owner: str, models: Mapping[str, type[Contract]], key: str = "order_id") -> tuple[MessageType, ...]:
    return tuple(
        MessageType(f"{owner}.{name}.v1", model, f"{owner}.commands", "command", key) for name, model in models.items()
    )


def _events(owner: str, models: Mapping[str, type[Contract]], key: str = "order_id") -> tuple[MessageType, ...]:
    return tuple(
        MessageType(f"{owner}.{name}.v1", model, f"{owner}.events", "event", key) for name, model in models.items()
    )


ORDER = (
    *_commands(
        "order",
        {
            "place-order": order.PlaceOrderV1,
            "cancel-order": order.CancelOrderV1,
            "confirm-receipt": order.ConfirmReceiptV1,
            "operate-saga": order.OperateSagaV1,
        },
    ),
    *_events(
        "order",
        {
            "placed": order.OrderPlacedV1,
            "rejected": order.OrderRejectedV1,
            "confirmed": order.OrderConfirmedV1,
            "lines-cancelled": order.LinesCancelledV1,
            "cancellation-refused": order.CancellationRefusedV1,
            "cancelled": order.OrderCancelledV1,
            "closed": order.OrderClosedV1,
            "completed": order.OrderCompletedV1,
            "expired": order.OrderExpiredV1,
        },
    ),
    *_commands("order", {"close-exception": auditing.CloseExceptionV1}, "audit"),
    *_events("order", {"exception-opened": auditing.ExceptionOpenedV1}, "exception_id"),
    *_events("order", {"exception-closed": auditing.ExceptionClosedV1}, "exception_id"),
)

INVENTORY = (
    *_commands(
        "inventory",
        {
            "reserve-stock": inventory.ReserveStockV1,
            "release-stock": inventory.ReleaseStockV1,
            "commit-stock": inventory.CommitStockV1,
            "extend-hold": inventory.ExtendHoldV1,
            "restock": inventory.RestockV1,
        },
    ),
    *_commands("inventory", {"receive-stock": inventory.ReceiveStockV1}, key="sku"),
    *_events(
        "inventory",
        {
            "stock-reserved": inventory.StockReservedV1,
            "stock-refused": inventory.StockRefusedV1,
            "stock-released": inventory.StockReleasedV1,
            "stock-committed": inventory.StockCommittedV1,
            "commit-refused": inventory.CommitRefusedV1,
            "hold-extended": inventory.HoldExtendedV1,
            "hold-expired": inventory.HoldExpiredV1,
            "stock-restocked": inventory.StockRestockedV1,
        },
    ),
    *_events(
        "inventory", {"stock-received": inventory.StockReceivedV1, "stock-ran-low": inventory.StockRanLowV1}, key="sku"
    ),
)

PAYMENT = (
    *_commands(
        "payment",
        {
            "lock-tenders": tenders.LockTendersV1,
            "release-tenders": tenders.ReleaseTendersV1,
            "request-payment": payment.RequestPaymentV1,
            "cancel-payment": payment.CancelPaymentV1,
            "refund-payment": payment.RefundPaymentV1,
            "settle-order": payment.SettleOrderV1,
            "record-channel-fact": payment.RecordChannelFactV1,
            "record-statement-line": payment.RecordStatementLineV1,
        },
    ),
    *_commands(
        "payment", {"issue-tender": tenders.IssueTenderV1, "top-up-balance": tenders.TopUpBalanceV1}, key="customer_id"
    ),
    *_events(
        "payment",
        {
            "tenders-locked": tenders.TendersLockedV1,
            "tenders-refused": tenders.TendersRefusedV1,
            "tenders-released": tenders.TendersReleasedV1,
            "payment-requested": payment.PaymentRequestedV1,
            "payment-declined": payment.PaymentDeclinedV1,
            "payment-captured": payment.PaymentCapturedV1,
            "payment-reconciled": payment.PaymentReconciledV1,
            "payment-mismatched": payment.PaymentMismatchedV1,
            "payment-cancelled": payment.PaymentCancelledV1,
            "cancel-refused": payment.CancelRefusedV1,
            "payment-refunded": payment.PaymentRefundedV1,
            "refund-refused": payment.RefundRefusedV1,
            "excess-refunded": payment.ExcessRefundedV1,
            "order-settled": payment.OrderSettledV1,
            "exception-opened": payment.ExceptionOpenedV1,
        },
    ),
    *_events(
        "payment",
        {"tender-issued": tenders.TenderIssuedV1, "balance-topped-up": tenders.BalanceToppedUpV1},
        key="customer_id",
    ),
)

FULFILLMENT = (
    *_commands(
        "fulfillment",
        {
            "create-shipments": fulfillment.CreateShipmentsV1,
            "intercept-shipments": fulfillment.InterceptShipmentsV1,
            "record-pick": fulfillment.RecordPickV1,
            "record-pack": fulfillment.RecordPackV1,
            "record-dispatch": fulfillment.RecordDispatchV1,
            "record-tracking": fulfillment.RecordTrackingV1,
            "record-return": fulfillment.RecordReturnV1,
        },
    ),
    *_events(
        "fulfillment",
        {
            "shipments-created": fulfillment.ShipmentsCreatedV1,
            "shipment-waved": fulfillment.ShipmentWavedV1,
            "shipment-picked-short": fulfillment.ShipmentPickedShortV1,
            "shipment-packed": fulfillment.ShipmentPackedV1,
            "shipment-dispatched": fulfillment.ShipmentDispatchedV1,
            "shipment-tracked": fulfillment.ShipmentTrackedV1,
            "shipment-delivered": fulfillment.ShipmentDeliveredV1,
            "shipment-refused": fulfillment.ShipmentRefusedV1,
            "shipment-lost": fulfillment.ShipmentLostV1,
            "return-graded": fulfillment.ReturnGradedV1,
            "shipment-record-refused": fulfillment.ShipmentRecordRefusedV1,
            "shipments-intercepted": fulfillment.ShipmentsInterceptedV1,
        },
    ),
)

BILLING = (
    *_commands("billing", {"issue-invoice": billing.IssueInvoiceV1, "issue-credit-note": billing.IssueCreditNoteV1}),
    *_events(
        "billing",
        {
            "invoice-issued": billing.InvoiceIssuedV1,
            "invoice-refused": billing.InvoiceRefusedV1,
            "credit-note-issued": billing.CreditNoteIssuedV1,
            "credit-note-refused": billing.CreditNoteRefusedV1,
        },
    ),
)

FEEDS = (
    MessageType("catalog.product-published.v1", catalog.ProductPublishedV1, "catalog.products", "feed", "sku"),
    MessageType(
        "catalog.merchant-published.v1", catalog.MerchantPublishedV1, "catalog.merchants", "feed", "merchant_id"
    ),
    MessageType("catalog.offer-published.v1", catalog.OfferPublishedV1, "catalog.offers", "feed", "offer_id"),
    MessageType(
        "catalog.warehouse-published.v1", catalog.WarehousePublishedV1, "catalog.warehouses", "feed", "warehouse_id"
    ),
    MessageType("catalog.freight-published.v1", catalog.FreightPublishedV1, "catalog.freight", "feed", "template_id"),
    MessageType("customer.account-changed.v1", customer.AccountChangedV1, "customer.accounts", "feed", "customer_id"),
)

DEAD_LETTERS = tuple(
    MessageType(f"{owner}.dead-lettered.v1", model, f"{owner}.dead-letters", "dead_letter", "key")
    for owner, model in (
        ("order", deadletters.OrderDeadLetteredV1),
        ("inventory", deadletters.InventoryDeadLetteredV1),
        ("payment", deadletters.PaymentDeadLetteredV1),
        ("fulfillment", deadletters.FulfillmentDeadLetteredV1),
        ("billing", deadletters.BillingDeadLetteredV1),
    )
)

REGISTRY = Registry(types=(*ORDER, *INVENTORY, *PAYMENT, *FULFILLMENT, *BILLING, *FEEDS, *DEAD_LETTERS))
