"""A payment: everything about the money of one order, folded from what the channel says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from chassis.decision import changed
from payment.domain.states import PaymentState, Trigger, after
from payment.domain.tenders import Hold
from payment.domain.values import (
    Channel,
    Class,
    Fact,
    FactKind,
    MerchantPart,
    RefundState,
    SettlementState,
    TenderAmount,
    Why,
    subtract,
)

NO_CURRENCY = "XXX"
"""What ISO 4217 calls a sum of no currency: nothing was asked for yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to be paid. A new try has a new id, so that the channel's words never mix."""

    id: str
    channel: Channel
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money that goes back. It is stored before the channel is called; ``legs`` are what was booked then."""

    id: str
    amount: int
    currency: str
    attempt_id: str
    channel: Channel
    why: Why
    reason: str
    of: str = ""  # the reference of the capture that nobody wanted
    tries: int = 1  # a refund that the channel refused may be asked for again
    state: RefundState = RefundState.REQUESTED
    legs: tuple[tuple[str, int], ...] = ()
    settled: tuple[MerchantPart, ...] = ()  # what of it merchants had been paid, with the commission given back

    def entry(self, *, step: str) -> str:
        """Return the id of the entry that books a step of this refund, or of its latest try."""
        return f"{self.id}:{step}" if self.tries == 1 else f"{self.id}:{step}:{self.tries}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A release of escrow; it waits until the payment is reconciled."""

    id: str
    parts: tuple[MerchantPart, ...]
    state: SettlementState = SettlementState.WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A command to give tenders back that was obeyed, and what came of it."""

    cause: str
    tenders: tuple[TenderAmount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A statement line that was compared: the same reference on another line is a duplicate in the channel."""

    kind: str
    reference: str
    currency: str
    amount: int
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationException:
    """A reconciliation difference with a number, an owner and an age."""

    id: str
    order_id: str
    classified: Class
    currency: str
    expected: int
    found: int
    detail: str
    opened_at: datetime
    owner: str = ""
    resolved_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Payment:
    """The payment of one order. Amounts are folded from facts and refunds, never counted up."""

    order_id: str
    customer_id: str = ""
    state: PaymentState = PaymentState.OPEN
    channel: Channel | None = None
    currency: str = NO_CURRENCY
    due: int = 0
    deadline: datetime | None = None
    parts: tuple[MerchantPart, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    pay_url: str = ""
    declined: str = ""  # why the latest attempt was declined
    facts: tuple[Fact, ...] = ()
    denied: tuple[str, ...] = ()  # references that notices told of and the channel's own record does not know
    holds: tuple[Hold, ...] = ()
    releases: tuple[Release, ...] = ()
    refunds: tuple[Refund, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    marks: tuple[Mark, ...] = ()
    escrow: tuple[tuple[str, int], ...] = ()
    asked: int = 0  # how often the channel was asked; an answer to an earlier question is stale
    cancel_reason: str = ""  # of a cancel command that was not answered yet
    open_exception: str = ""

    @property
    def attempt(self) -> Attempt:
        """The latest attempt."""
        return self.attempts[-1]

    @property
    def captures(self) -> tuple[Fact, ...]:
        """What was captured, earliest first."""
        found = (fact for fact in self.facts if fact.kind is FactKind.CAPTURED)
        return tuple(sorted(found, key=lambda fact: (fact.occurred_at, fact.reference)))

    @property
    def captured(self) -> int:
        """What channels have taken, in the currency of the payment."""
        return sum(fact.amount for fact in self.captures if fact.currency == self.currency)

    @property
    def refunded(self) -> int:
        """What has gone back."""
        found = (fact for fact in self.facts if fact.kind is FactKind.REFUNDED)
        return sum(fact.amount for fact in found if fact.currency == self.currency)

    @property
    def in_flight(self) -> int:
        """What is on its way back."""
        return sum(each.amount for each in self.refunds_on_their_way if each.currency == self.currency)

    @property
    def refundable(self) -> int:
        """The most that can still go back."""
        return self.captured - self.refunded - self.in_flight

    @property
    def refunds_on_their_way(self) -> tuple[Refund, ...]:
        """Refunds whose outcome is not known yet."""
        return tuple(refund for refund in self.refunds if refund.state is RefundState.REQUESTED)

    @property
    def unreturned(self) -> tuple[Fact, ...]:
        """Captures that no refund sends back as unwanted; of one partly sent back, the rest."""
        lowered = (replace(fact, amount=fact.amount - self._sent_back(fact.reference)) for fact in self.captures)
        return tuple(fact for fact in lowered if fact.amount)

    @property
    def collected(self) -> int:
        """What the latest attempt's channel has taken and keeps; what an earlier one took all the same goes back."""
        found = (fact for fact in self.unreturned if fact.attempt_id == self.attempt.id)
        return sum(fact.amount for fact in found if fact.currency == self.currency)

    def _sent_back(self, reference: str) -> int:
        back = (refund for refund in self.refunds if refund.of == reference and refund.state is not RefundState.REFUSED)
        return sum(refund.amount for refund in back)

    @property
    def paid_out(self) -> tuple[MerchantPart, ...]:
        """What merchants were paid by settlements and have not given back by refunds."""
        done = (each for each in self.settlements if each.state is SettlementState.DONE)
        back = (refund for refund in self.refunds if refund.state is not RefundState.REFUSED)
        return subtract(
            parts=(part for each in done for part in each.parts),
            less=(part for refund in back for part in refund.settled),
        )

    @property
    def parked(self) -> bool:
        """Whether what was captured lies in SUSPENSE."""
        return self.state is PaymentState.MISMATCHED

    def attempt_of(self, *, attempt_id: str) -> Attempt | None:
        """Return the attempt with this id."""
        return next((attempt for attempt in self.attempts if attempt.id == attempt_id), None)

    def fact(self, *, kind: FactKind, reference: str) -> Fact | None:
        """Return the fact that the channel said under this reference."""
        return next((fact for fact in self.facts if fact.kind is kind and fact.reference == reference), None)

    def refund(self, *, refund_id: str) -> Refund | None:
        """Return the refund with this id."""
        return next((refund for refund in self.refunds if refund.id == refund_id), None)

    def moved(self, *, trigger: Trigger) -> Payment:
        """Follow the state table."""
        return changed(self, state=after(state=self.state, trigger=trigger))

    def with_fact(self, *, fact: Fact) -> Payment:
        """Add a fact; one that is there already changes nothing."""
        known = self.fact(kind=fact.kind, reference=fact.reference)
        return self if known is not None else changed(self, facts=(*self.facts, fact))

    def with_refund(self, *, refund: Refund) -> Payment:
        """Add a refund or replace the one of this id."""
        others = tuple(each for each in self.refunds if each.id != refund.id)
        return changed(self, refunds=(*others, refund))

    def with_escrow(self, *, left: Iterable[tuple[str, int]]) -> Payment:
        """Set what waits in escrow for each merchant."""
        return changed(self, escrow=tuple(sorted(left)))
