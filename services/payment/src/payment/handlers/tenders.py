"""Tenders: issued to a customer, locked for an order, spent when it is paid, given back when it is not."""

from __future__ import annotations

from dataclasses import replace

from chassis.decision import Context, Decision, Poison, Save, View
from payment.domain import ledger
from payment.domain.commands import IssueTender, LockTenders, ReleaseTenders
from payment.domain.events import TenderIssued, TendersLocked, TendersRefused, TendersReleased
from payment.domain.kinds import PAYMENT, TENDER
from payment.domain.payment import Payment, Release
from payment.domain.tenders import Hold, Tender
from payment.domain.values import TenderAmount
from payment.handlers.change import Change, duplicate, rejected


def issue_tender(command: IssueTender, view: View, _context: Context) -> Decision:
    """Bring a tender into being; the same id with other figures can never be obeyed."""
    tender = Tender(
        tender_id=command.tender_id,
        customer_id=command.customer_id,
        kind=command.kind,
        currency=command.currency,
        available=command.amount,
        valid_until=command.valid_until,
        reissue_whole_only=command.reissue_whole_only,
    )
    issued = TenderIssued(
        tender_id=command.tender_id,
        customer_id=command.customer_id,
        kind=command.kind,
        currency=command.currency,
        amount=command.amount,
    )
    known = view.get(TENDER, command.tender_id)
    if known is None:
        return Decision(saves=(Save(TENDER, command.tender_id, tender),), emits=(issued,))
    if replace(known, available=known.issued, locked=0, consumed=0) != tender:
        raise Poison(f"tender {command.tender_id} was issued with other figures")
    return duplicate(issued)


def lock_tenders(command: LockTenders, view: View, context: Context) -> Decision:
    """Lock every tender or none; the first one that cannot be locked is named."""
    payment = view.get(PAYMENT, command.order_id) or Payment(order_id=command.order_id)
    locked = TendersLocked(order_id=command.order_id, tenders=command.tenders)
    if payment.holds or payment.releases or payment.attempts:
        same = tuple(TenderAmount(tender_id=hold.tender_id, amount=hold.amount) for hold in payment.holds)
        if same == command.tenders and not payment.releases:
            return duplicate(locked)
        return rejected(_refused(command, command.tenders[0], "already_used_by_order", 0))
    change = Change(payment, view, context)
    change.set(customer_id=command.customer_id, currency=command.currency)
    for wish in command.tenders:
        tender = change.get(TENDER, wish.tender_id)
        reason = _refusal(command, wish, tender, context)
        if reason:
            return rejected(_refused(command, wish, reason, tender.available if tender else 0))
        change.save(TENDER, wish.tender_id, tender.lock(amount=wish.amount))
        hold = Hold(
            tender_id=wish.tender_id, kind=tender.kind, amount=wish.amount, whole_only=tender.reissue_whole_only
        )
        change.set(holds=(*change.payment.holds, hold))
    change.emit(locked)
    return change.done()


def release_tenders(command: ReleaseTenders, view: View, context: Context) -> Decision:
    """Give back what is asked for, never more than is left; obeyed once per cause."""
    payment = view.get(PAYMENT, command.order_id) or Payment(order_id=command.order_id)
    obeyed = next((release for release in payment.releases if release.cause == command.cause), None)
    if obeyed is not None:
        return duplicate(_released(command, obeyed.tenders))
    change = Change(payment, view, context)
    wanted = _wanted(command, payment)
    given: list[tuple[Hold, int]] = []
    holds: list[Hold] = []
    for hold in payment.holds:
        if hold.tender_id in wanted:
            asked, amount = hold.ask_back(amount=wanted[hold.tender_id])
            holds.append(asked)
            given.append((hold, amount))
        else:
            holds.append(hold)
    tenders = tuple(TenderAmount(tender_id=hold.tender_id, amount=amount) for hold, amount in given if amount)
    change.set(holds=tuple(holds), releases=(*payment.releases, Release(cause=command.cause, tenders=tenders)))
    _give_back(change, given, cause=command.cause)
    change.emit(_released(command, tenders))
    return change.done()


def consume_tenders(change: Change) -> None:
    """Spend the tenders that are locked for the order."""
    spent = [hold for hold in change.payment.holds if hold.kept and not hold.consumed]
    for hold in spent:
        tender = change.get(TENDER, hold.tender_id)
        change.save(TENDER, hold.tender_id, tender.consume(amount=hold.kept))
    legs = ledger.granted(spent=[(hold.kind, hold.kept) for hold in spent])
    change.post(f"{change.payment.order_id}:tenders", legs)
    change.set(holds=tuple(replace(hold, consumed=hold.consumed or hold in spent) for hold in change.payment.holds))


def _refusal(command: LockTenders, wish: TenderAmount, tender: Tender | None, context: Context) -> str:
    if tender is None:
        return "unknown"
    return tender.refusal(
        customer_id=command.customer_id, currency=command.currency, amount=wish.amount, now=context.now
    )


def _refused(command: LockTenders, wish: TenderAmount, reason: str, available: int) -> TendersRefused:
    return TendersRefused(order_id=command.order_id, reason=reason, tender_id=wish.tender_id, available=available)


def _wanted(command: ReleaseTenders, payment: Payment) -> dict[str, int | None]:
    """Return how much of each tender is asked back; None is all that is left."""
    if not command.tenders:
        return {hold.tender_id: None for hold in payment.holds}
    wanted: dict[str, int | None] = {}
    for part in command.tenders:
        wanted[part.tender_id] = (wanted.get(part.tender_id) or 0) + part.amount
    return wanted


def _give_back(change: Change, given: list[tuple[Hold, int]], *, cause: str) -> None:
    for hold, amount in given:
        if amount:
            tender = change.get(TENDER, hold.tender_id)
            back = tender.give_back(amount=amount, consumed=hold.consumed)
            change.save(TENDER, hold.tender_id, back)
    spent = [(hold.kind, -amount) for hold, amount in given if hold.consumed]
    change.post(f"{change.payment.order_id}:released:{cause}", ledger.granted(spent=spent))


def _released(command: ReleaseTenders, tenders: tuple[TenderAmount, ...]) -> TendersReleased:
    return TendersReleased(order_id=command.order_id, cause=command.cause, tenders=tenders)
