"""The words that payments are told in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """Who takes the money."""

    ALIPAY = "alipay"
    WECHAT_PAY = "wechat_pay"
    CARD = "card"
    BANK_TRANSFER = "bank_transfer"
    CASH_ON_DELIVERY = "cash_on_delivery"
    BALANCE = "balance"

    @property
    def by_statement(self) -> bool:
        """Whether only a statement says that money came: there is no page, no notice and no record to ask for."""
        return self in {Channel.BANK_TRANSFER, Channel.CASH_ON_DELIVERY}

    @property
    def asked(self) -> bool:
        """Whether the channel is a machine that can be asked."""
        return not self.by_statement and self is not Channel.BALANCE


class TenderKind(StrEnum):
    """What a customer can pay with besides money."""

    COUPON = "coupon"
    RED_PACKET = "red_packet"
    POINTS = "points"


class FactKind(StrEnum):
    """What a channel can say that it did."""

    CAPTURED = "captured"
    REFUNDED = "refunded"
    CLOSED = "closed"
    FAILED = "failed"


class Why(StrEnum):
    """Why money goes back: the order asked for it, or no order wanted it."""

    ASKED = "asked"
    LATE = "late"
    DOUBLE = "double"
    OVER = "over"
    UNDER = "under"


class RefundState(StrEnum):
    """Where a refund is. An unknown outcome is still requested: it is asked again, never guessed."""

    REQUESTED = "requested"
    PAID = "paid"
    REFUSED = "refused"
    WAIVED = "waived"  # the carrier had not collected it yet


class SettlementState(StrEnum):
    """Where a release of escrow is."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class Class(StrEnum):
    """What a comparison with the channel's word says."""

    MATCHED = "MATCHED"
    MISSING_IN_CHANNEL = "MISSING_IN_CHANNEL"
    MISSING_IN_BOOKS = "MISSING_IN_BOOKS"
    AMOUNT_DIFF = "AMOUNT_DIFF"
    CURRENCY_DIFF = "CURRENCY_DIFF"
    DUPLICATE_IN_CHANNEL = "DUPLICATE_IN_CHANNEL"
    REFUND_DIFF = "REFUND_DIFF"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderAmount:
    """A part of one tender."""

    tender_id: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantPart:
    """What of a sum is a merchant's: its goods (the commission is within), freight and tax."""

    merchant_id: str
    goods: int
    commission: int
    freight: int
    tax: int

    @property
    def amount(self) -> int:
        """The sum of the part."""
        return self.goods + self.freight + self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that a channel did, under its own reference; said as often as it likes, it is one fact."""

    kind: FactKind
    reference: str
    attempt_id: str
    currency: str
    amount: int
    occurred_at: datetime
    refund_id: str = ""


def add_up(*, parts: Iterable[MerchantPart], amount: int) -> bool:
    """Return whether the parts are the amount, and no commission exceeds its goods."""
    listed = tuple(parts)
    return sum(part.amount for part in listed) == amount and all(part.commission <= part.goods for part in listed)


def subtract(*, parts: Iterable[MerchantPart], less: Iterable[MerchantPart]) -> tuple[MerchantPart, ...]:
    """Return what is left of each merchant's part."""
    left: dict[str, MerchantPart] = {}
    for sign, part in (*((1, part) for part in parts), *((-1, part) for part in less)):
        before = left.get(
            part.merchant_id, MerchantPart(merchant_id=part.merchant_id, goods=0, commission=0, freight=0, tax=0)
        )
        left[part.merchant_id] = MerchantPart(
            merchant_id=part.merchant_id,
            goods=before.goods + sign * part.goods,
            commission=before.commission + sign * part.commission,
            freight=before.freight + sign * part.freight,
            tax=before.tax + sign * part.tax,
        )
    return tuple(part for part in left.values() if part.amount)
