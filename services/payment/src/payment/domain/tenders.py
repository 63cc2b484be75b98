"""What a customer owns besides money, and stored balances: rows that orders of all shards share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from payment.domain.values import TenderKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """A coupon, a red packet or points: available + locked + consumed is what was issued, always."""

    tender_id: str
    customer_id: str
    kind: TenderKind
    currency: str
    available: int
    locked: int = 0
    consumed: int = 0
    valid_until: datetime | None = None
    reissue_whole_only: bool = False

    @property
    def issued(self) -> int:
        """What the tender was worth when it was issued."""
        return self.available + self.locked + self.consumed

    def lock(self, *, amount: int) -> Tender:
        """Set an amount aside for an order."""
        return replace(self, available=self.available - amount, locked=self.locked + amount)

    def consume(self, *, amount: int) -> Tender:
        """Spend what was locked."""
        return replace(self, locked=self.locked - amount, consumed=self.consumed + amount)

    def give_back(self, *, amount: int, consumed: bool) -> Tender:
        """Make an amount available again, from what is locked or from what was consumed."""
        if consumed:
            return replace(self, available=self.available + amount, consumed=self.consumed - amount)
        return replace(self, available=self.available + amount, locked=self.locked - amount)

    def refusal(self, *, customer_id: str, currency: str, amount: int, now: datetime) -> str:
        """Return why this much cannot be locked for this customer, or nothing."""
        if self.customer_id != customer_id:
            return "another_customers"
        if self.currency != currency:
            return "wrong_currency"
        if self.valid_until is not None and self.valid_until <= now:
            return "expired"
        return "spent" if self.available < amount else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What one tender gives to one order. ``asked`` of it was asked back, ``returned`` of it was given back."""

    tender_id: str
    kind: TenderKind
    amount: int
    whole_only: bool = False
    asked: int = 0
    returned: int = 0
    consumed: bool = False

    @property
    def kept(self) -> int:
        """What the order still has of the tender."""
        return self.amount - self.returned

    def ask_back(self, *, amount: int | None) -> tuple[Hold, int]:
        """Ask back an amount, or all that is left, and return what is given back.

        Never more than is left. A tender that is issued again whole only is given back when all of it was asked for.
        """
        left = self.amount - self.asked
        asked = self.asked + (left if amount is None else min(amount, left))
        due_back = asked if not self.whole_only or asked == self.amount else 0
        return replace(self, asked=asked, returned=due_back), due_back - self.returned


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Stored value of one customer in one currency."""

    customer_id: str
    currency: str
    amount: int = 0

    def add(self, *, amount: int) -> Balance:
        """Add to it, or take from it when negative."""
        return replace(self, amount=self.amount + amount)


def balance_key(*, customer_id: str, currency: str) -> str:
    """Return the key of a balance."""
    return f"{customer_id}:{currency}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """A top-up that was booked."""

    top_up_id: str
    customer_id: str
    currency: str
    amount: int
    balance: int
