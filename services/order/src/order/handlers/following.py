"""What follows when a saga moves: the one place that turns the progress of sagas into the life of an order."""

from __future__ import annotations

from chassis import saga as engine
from chassis.saga import Move, Phase
from money.runs import Units
from order.domain import telling
from order.domain.events import LinesCancelled, OrderCompleted
from order.domain.lifecycle import State, Trigger
from order.domain.order import Lock, SubOrder
from order.domain.profiles import ClockName
from order.domain.refunds import Claim, give_back, remaining
from order.domain.requesting import counts, deadline
from order.domain.rollup import SubState, SubTrigger, decided_by
from order.domain.split import held_before_split, last_of, split
from order.domain.values import LineUnits
from order.handlers.billing import bill, settle
from order.handlers.draft import Draft
from order.saga import CANCELLATION, CHECKOUT_KEY, HOLDING, SAGAS, SHIPPING, cancellation_plan

GATES = frozenset({"payment_reconciled", "stock_committed", "commit_refused"})
"""Words at which a cancellation that waits for checkout takes over: what happened to money and stock is certain now."""


def feed(draft: Draft, key: str, word: str, *, then: tuple[str, ...] | None = None) -> bool:
    """Give a saga a word, and say whether it meant anything to it."""
    state = draft.order.sagas.get(key)
    if state is None:
        return False
    move = engine.reply(saga=SAGAS[state.saga], state=state, reply=word, now=draft.now, then=then)
    if move.state == state:
        return False
    follow(draft, key, move)
    return True


def follow(draft: Draft, key: str, move: Move) -> None:
    """Keep a move, send what it wants, and do what it means for the order."""
    draft.keep(key, move)
    if move.state.saga == "checkout":
        _checkout(draft, move)
        return
    draft.send(key, move)
    if not move.state.running:
        _AFTER[move.state.saga](draft, key)


def proceed(draft: Draft, word: str) -> bool:
    """Give checkout a word, unless a cancellation has waited for it."""
    lock = draft.order.lock
    checkout = draft.order.sagas[CHECKOUT_KEY]
    if lock is not None and word in GATES and lock.saga not in draft.order.sagas and checkout.phase is Phase.FORWARD:
        cancel_before_split(draft, lock, word)
        return True
    return feed(draft, CHECKOUT_KEY, word)


def _checkout(draft: Draft, move: Move) -> None:
    state = move.state
    onward = state.phase in {Phase.FORWARD, Phase.DONE}
    if onward and not draft.order.accepted and state.waits_at not in HOLDING:
        _accept(draft)
    if onward and not draft.order.sub_orders and (state.waits_at is None or state.waits_at in SHIPPING):
        confirm(draft)
    draft.send(CHECKOUT_KEY, move)
    if state.phase is Phase.UNDONE:
        call_off(draft)


def _accept(draft: Draft) -> None:
    """From here on the order waits for its payment (L01), or has nothing to wait for."""
    waits = draft.profile.clock(name=ClockName.PAY_DEADLINE) is not None and draft.terms.priced.due > 0
    trigger = Trigger.COVERED if draft.can(Trigger.COVERED) and not waits else Trigger.ACCEPTED
    draft.move(trigger, accepted=True, pay_deadline=deadline(terms=draft.terms) if waits else None)
    draft.emit(telling.placed(terms=draft.terms, order=draft.order))


def confirm(draft: Draft) -> None:
    """The money is proven and the goods are ours: split the order (S01)."""
    parts = split(terms=draft.terms, order=draft.order)
    draft.note("split", why=f"{len(parts)} sub-orders", sub_orders=parts)
    draft.emit(telling.confirmed(terms=draft.terms, order=draft.order, now=draft.now))
    for part in draft.order.sub_orders:
        if part.state is SubState.COMPLETED:
            pay_out(draft, part)
    roll(draft, by="delivery")


def call_off(draft: Draft) -> None:
    """Checkout is undone: the order was never accepted, or it is cancelled with everything given back."""
    if draft.order.state is State.PLACING:
        draft.move(Trigger.REFUSED, why=draft.order.why)
        reason = draft.order.why or "called_off"
        draft.emit(draft.order.rejection or telling.rejected(terms=draft.terms, reason=reason, detail=reason))
        return
    draft.change(lock=None)
    draft.move(Trigger.CANCELLED, why=draft.order.why)
    draft.emit(telling.cancelled(terms=draft.terms, order=draft.order, now=draft.now))


def roll(draft: Draft, *, by: str = "") -> None:
    """Let the order follow its least advanced live part, unless a cancellation holds it (L15)."""
    if draft.order.lock is not None:
        return
    state, trigger = decided_by(parts=[part.state for part in draft.order.sub_orders])
    if state is draft.order.state or (state is State.CANCELLED and _giving_back(draft)):
        return
    draft.move(trigger, why=draft.order.why if state in {State.CANCELLED, State.CLOSED} else "")
    order = draft.order
    match state:
        case State.COMPLETED:
            event = OrderCompleted(
                order_id=order.order_id, customer_id=order.customer_id, by=by or "window", completed_at=draft.now
            )
            draft.emit(event)
        case State.CLOSED:
            draft.emit(telling.closed(order=order, now=draft.now))
        case State.CANCELLED:
            draft.emit(telling.cancelled(terms=draft.terms, order=order, now=draft.now))
        case _:
            pass


def _giving_back(draft: Draft) -> bool:
    """Whether some cancellation still runs: the last one that ends cancels the order."""
    return any(saga.running and saga.saga == "cancellation" for saga in draft.order.sagas.values())


def pay_out(draft: Draft, part: SubOrder) -> None:
    """A part is complete: it is invoiced when it was not yet, and its merchant is paid (B02, B04)."""
    bill(draft, part)
    settle(draft, part)


def lock(draft: Draft, wish: Lock, trigger: Trigger) -> None:
    """Let a cancellation hold the order."""
    draft.change(lock=wish, cancellations=draft.order.cancellations + 1, why=wish.reason)
    draft.move(trigger, why=wish.reason)


def next_cancellation(draft: Draft) -> str:
    """Return the key of the order's next cancellation."""
    return f"cancellation-{draft.order.cancellations + 1}"


def cancel_before_split(draft: Draft, wish: Lock, word: str) -> None:
    """Give back what is cancelled of an order without sub-orders; checkout goes on afterwards with what is left."""
    left = remaining(terms=draft.terms, cut=draft.order.cut)
    units = left
    if wish.lines and word != "commit_refused":
        units = tuple(
            some for each in wish.lines for some in last_of(units=left, line_id=each.line_id, count=each.quantity)
        )
    claim = Claim(
        saga=wish.saga,
        units=units,
        freights=_freights_back(draft, units),
        reason=wish.reason,
        held=held_before_split(order=draft.order, units=units),
    )
    draft.order = give_back(terms=draft.terms, order=draft.order, claim=claim)
    refund = draft.order.refunds[-1]
    if refund.whole:
        draft.stop(CHECKOUT_KEY, reason=wish.reason)
    else:
        draft.change(held_reply=word)
    plan = cancellation_plan(order=draft.order, refund=refund, holds_stock=bool(draft.terms.physical and claim.held))
    follow(draft, wish.saga, engine.start(saga=CANCELLATION, plan=plan, now=draft.now))


def _freights_back(draft: Draft, units: tuple[Units, ...]) -> dict[str, int]:
    """The freight of each merchant of whom nothing is left."""
    cut = (*draft.order.cut, *units)
    alive = {draft.terms.line(line_id=some.line).merchant_id for some in remaining(terms=draft.terms, cut=cut)}
    return {
        part.merchant_id: part.freight
        for part in draft.order.unsettled
        if part.merchant_id not in alive and part.freight
    }


def _cancelled(draft: Draft, key: str) -> None:
    """A cancellation has given everything back: the order is cancelled, or goes on without these units."""
    order, refund = draft.order, draft.order.refund_of(saga=key)
    if order.lock is not None and order.lock.saga == key:
        draft.change(lock=None)
    if refund is None:
        restore(draft)
        return
    if refund.whole and not order.sub_orders:
        draft.move(Trigger.CANCELLED, why=refund.reason)
        draft.emit(telling.cancelled(terms=draft.terms, order=draft.order, now=draft.now))
        return
    if not _nothing_else(draft):
        draft.emit(
            LinesCancelled(
                order_id=order.order_id,
                lines=tuple(LineUnits(line_id=line, quantity=n) for line, n in counts(units=refund.units).items()),
                refunded=refund.amount,
                tenders=refund.tenders,
            )
        )
    restore(draft)


def _nothing_else(draft: Draft) -> bool:
    parts = draft.order.sub_orders
    return bool(parts) and all(part.state is SubState.CANCELLED for part in parts)


def restore(draft: Draft) -> None:
    """Let go of an order that was locked: back to the state before, or forward to where its goods are by now."""
    order = draft.order
    if order.lock is not None:
        return
    if order.sub_orders:
        roll(draft)
        return
    if order.state is State.CANCELLING and order.before is not None:
        draft.move(_RESTORING[order.before])
    if order.held_reply:
        draft.change(held_reply="")
        proceed(draft, order.held_reply)


_RESTORING = {
    State.AWAITING_PAYMENT: Trigger.RESUMED,
    State.CONFIRMING_PAYMENT: Trigger.COVERED,
    State.AWAITING_PICK: Trigger.CONFIRMED,
}


def _closed(draft: Draft, key: str) -> None:
    """What had left is paid back, and its sub-order closed."""
    refund = draft.order.refund_of(saga=key)
    number = int(key.rpartition("-")[2])
    part = next(part for part in draft.order.sub_orders if part.number == number)
    draft.move_part(part, SubTrigger.SETTLED_BACK, ended_at=draft.now)
    draft.change(why=refund.reason if refund else draft.order.why)
    roll(draft)


def _done(draft: Draft, key: str) -> None:
    draft.forget(key)


_AFTER = {"cancellation": _cancelled, "closing": _closed, "invoicing": _done, "settling": _done}
