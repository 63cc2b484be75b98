"""Messages about tenders and stored balances, which the payment service owns."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.values import Amount, Contract, Currency, Id, Moment, OrderId, Reason, TenderAmount, TenderKind

Cause = Annotated[str, Field(max_length=120, description="a second command with the same cause changes nothing")]


class IssueTenderV1(Contract):
    """Bring a coupon, a red packet or points into being; keyed by customer."""

    tender_id: Id
    customer_id: Id
    kind: TenderKind
    currency: Currency
    amount: Amount
    valid_until: Moment | None = None
    reissue_whole_only: Annotated[
        bool, Field(description="given back only when its whole eligible part is cancelled")
    ] = False


class TopUpBalanceV1(Contract):
    """Add stored value for a customer; keyed by customer."""

    top_up_id: Id
    customer_id: Id
    currency: Currency
    amount: Amount


class LockTendersV1(Contract):
    """Lock these tenders for an order, all or nothing."""

    order_id: OrderId
    customer_id: Id
    currency: Currency
    tenders: Annotated[tuple[TenderAmount, ...], Field(min_length=1)]


class ReleaseTendersV1(Contract):
    """Give tenders back, locked or consumed, wholly or in part; without tenders: all that is left."""

    order_id: OrderId
    cause: Cause
    tenders: tuple[TenderAmount, ...] = ()


class TenderIssuedV1(Contract):
    """A tender can be spent; keyed by customer."""

    tender_id: Id
    customer_id: Id
    kind: TenderKind
    currency: Currency
    amount: Amount


class BalanceToppedUpV1(Contract):
    """A customer's stored value grew; keyed by customer."""

    top_up_id: Id
    customer_id: Id
    currency: Currency
    amount: Amount
    balance: Amount


class TendersLockedV1(Contract):
    """The tenders are locked for the order."""

    order_id: OrderId
    tenders: tuple[TenderAmount, ...]


class TendersRefusedV1(Contract):
    """No tender is locked: this one is unknown, spent, expired or another's."""

    order_id: OrderId
    reason: Reason
    tender_id: Id
    available: Amount


class TendersReleasedV1(Contract):
    """The tenders, or what was left of them, are the customer's again."""

    order_id: OrderId
    cause: str
    tenders: tuple[TenderAmount, ...]
