"""The real-time gate: order due, our own fold and the channel's record agree to the cent, or nothing ships."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from payment.domain.payment import Payment
from payment.domain.values import Class, Fact, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """A capture, or what is too much of it, that the order does not want."""

    fact: Fact
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the gate says; when matched, the due is there and ``excess`` is what lies beyond it."""

    classified: Class
    excess: tuple[Excess, ...] = ()

    @property
    def matched(self) -> bool:
        """Whether the payment may pass."""
        return self.classified is Class.MATCHED


def judge(*, payment: Payment, record: Sequence[Fact]) -> Judgement:
    """Compare the captures of the latest attempt with the channel's record of them, and both with the due."""
    ours = [fact for fact in payment.unreturned if fact.attempt_id == payment.attempt.id]
    differing = _difference(ours=ours, record=record)
    if differing is not None:
        return Judgement(classified=differing)
    paying = [fact for fact in ours if fact.currency == payment.currency]
    if sum(fact.amount for fact in paying) < payment.due:
        return Judgement(classified=Class.AMOUNT_DIFF if paying == ours else Class.CURRENCY_DIFF)
    others = [fact for fact in payment.unreturned if fact not in paying]
    strangers = tuple(Excess(fact=fact, why=Why.DOUBLE) for fact in others)
    return Judgement(classified=Class.MATCHED, excess=(*_beyond(paying=paying, due=payment.due), *strangers))


def _difference(*, ours: Iterable[Fact], record: Iterable[Fact]) -> Class | None:
    recorded = {fact.reference: fact for fact in record}
    for fact in ours:
        said = recorded.get(fact.reference)
        if said is None:
            return Class.MISSING_IN_CHANNEL
        if said.currency != fact.currency:
            return Class.CURRENCY_DIFF
        if said.amount != fact.amount:
            return Class.AMOUNT_DIFF
    return None


def _beyond(*, paying: Sequence[Fact], due: int) -> tuple[Excess, ...]:
    """Return what lies beyond the due: the earliest capture that covers it alone counts, else the earliest ones."""
    whole = next((fact for fact in paying if fact.amount >= due), None)
    if whole is not None:
        paying = (whole, *(fact for fact in paying if fact is not whole))
    found: list[Excess] = []
    missing = due
    for fact in paying:
        if not missing:
            found.append(Excess(fact=fact, why=Why.DOUBLE))
        elif fact.amount > missing:
            found.append(Excess(fact=replace(fact, amount=fact.amount - missing), why=Why.OVER))
        missing = max(0, missing - fact.amount)
    return tuple(found)
