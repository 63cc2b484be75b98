"""Escrow is released to merchants when goods were received."""

from __future__ import annotations

from dataclasses import replace

from chassis.decision import Context, Decision, NotYet, Poison, View
from payment.domain import ledger
from payment.domain.commands import SettleOrder
from payment.domain.events import OrderSettled
from payment.domain.kinds import PAYMENT
from payment.domain.payment import Payment, Settlement
from payment.domain.states import PaymentState
from payment.domain.values import Class, SettlementState
from payment.handlers.change import Change, duplicate
from payment.handlers.tenders import consume_tenders

UNDECIDED = frozenset(
    {
        PaymentState.REQUESTING,
        PaymentState.REQUESTED,
        PaymentState.CONFIRMING,
        PaymentState.MISMATCHED,
        PaymentState.CANCELLING,
    }
)
"""States in which a settlement waits."""


def settle_order(command: SettleOrder, view: View, context: Context) -> Decision:
    """Release the parts now, or as soon as the payment is reconciled (cash that the carrier has not yet remitted)."""
    payment = view.get(PAYMENT, command.order_id)
    if payment is None and any(part.amount for part in command.parts):
        raise NotYet(f"no payment of order {command.order_id} is known")
    payment = payment or Payment(order_id=command.order_id)
    known = next((each for each in payment.settlements if each.id == command.settlement_id), None)
    if known is not None:
        return _again(payment, known, command)
    change = Change(payment, view, context)
    change.set(settlements=(*payment.settlements, Settlement(id=command.settlement_id, parts=command.parts)))
    if payment.state not in UNDECIDED:
        settle_waiting(change)
    return change.done()


def settle_waiting(change: Change) -> None:
    """Release what waits; an order that had nothing to pay spends its tenders now at the latest."""
    if change.payment.state is PaymentState.OPEN:
        consume_tenders(change)
    for settlement in change.payment.settlements:
        if settlement.state is SettlementState.WAITING:
            _settle(change, settlement)


def _settle(change: Change, settlement: Settlement) -> None:
    left = dict(change.payment.escrow)
    for part in settlement.parts:
        left[part.merchant_id] = left.get(part.merchant_id, 0) - part.goods
    if any(amount < 0 for amount in left.values()):
        _refuse(change, settlement)
        return
    change.post(f"{settlement.id}:settled", ledger.settled(parts=settlement.parts))
    change.payment = change.payment.with_escrow(left=left.items())
    _close(change, settlement, SettlementState.DONE)
    change.emit(_settled_event(change.payment, settlement))


def _refuse(change: Change, settlement: Settlement) -> None:
    """More is asked for than waits in escrow: nothing is released, and a person looks."""
    _close(change, settlement, SettlementState.REFUSED)
    change.open_exception(
        Class.AMOUNT_DIFF,
        cause=f"settlement:{settlement.id}",
        expected=sum(amount for _, amount in change.payment.escrow),
        found=sum(part.goods for part in settlement.parts),
        currency=change.payment.currency,
        detail=f"settlement {settlement.id} asks for more than waits in escrow",
    )


def _close(change: Change, settlement: Settlement, state: SettlementState) -> None:
    closed = replace(settlement, state=state)
    change.set(settlements=tuple(closed if each is settlement else each for each in change.payment.settlements))


def _again(payment: Payment, known: Settlement, command: SettleOrder) -> Decision:
    if known.parts != command.parts:
        raise Poison(f"settlement {known.id} has other parts")
    return duplicate(_settled_event(payment, known)) if known.state is SettlementState.DONE else duplicate()


def _settled_event(payment: Payment, settlement: Settlement) -> OrderSettled:
    return OrderSettled(settlement_id=settlement.id, order_id=payment.order_id, parts=settlement.parts)
