"""Stored balances: the channel that we keep ourselves. It needs no call, and knows no unknown."""

from __future__ import annotations

from chassis.decision import Context, Decision, Poison, Save, View
from payment.domain import ledger
from payment.domain.commands import TopUpBalance
from payment.domain.events import BalanceToppedUp
from payment.domain.kinds import BALANCE, TOP_UP
from payment.domain.tenders import Balance, TopUp, balance_key
from payment.handlers.change import Change, append_posting, duplicate


def top_up_balance(command: TopUpBalance, view: View, context: Context) -> Decision:
    """Add stored value, once per top-up id."""
    known = view.get(TOP_UP, command.top_up_id)
    if known is not None:
        if (known.customer_id, known.currency, known.amount) != (
            command.customer_id,
            command.currency,
            command.amount,
        ):
            raise Poison(f"top-up {command.top_up_id} was booked with other figures")
        return duplicate(_topped_up(known))
    key = balance_key(customer_id=command.customer_id, currency=command.currency)
    balance = _balance(view, customer_id=command.customer_id, currency=command.currency).add(amount=command.amount)
    top_up = TopUp(
        top_up_id=command.top_up_id,
        customer_id=command.customer_id,
        currency=command.currency,
        amount=command.amount,
        balance=balance.amount,
    )
    postings = ledger.entry(
        entry_id=f"{command.top_up_id}:top-up",
        order_id="",
        currency=command.currency,
        legs=ledger.move(debit=ledger.CASH, credit=ledger.CUSTOMER_PREPAID, amount=command.amount),
        booked_at=context.now,
    )
    return Decision(
        saves=(Save(TOP_UP, command.top_up_id, top_up), Save(BALANCE, key, balance)),
        rows=tuple(append_posting(posting) for posting in postings),
        emits=(_topped_up(top_up),),
    )


def balance_of(change: Change) -> Balance:
    """Return the stored value of the payment's customer."""
    payment = change.payment
    key = balance_key(customer_id=payment.customer_id, currency=payment.currency)
    found: Balance | None = change.get(BALANCE, key)
    return found or Balance(customer_id=payment.customer_id, currency=payment.currency)


def add_to_balance(change: Change, *, amount: int) -> None:
    """Change the stored value of the payment's customer."""
    balance = balance_of(change)
    key = balance_key(customer_id=balance.customer_id, currency=balance.currency)
    change.save(BALANCE, key, balance.add(amount=amount))


def _balance(view: View, *, customer_id: str, currency: str) -> Balance:
    found = view.get(BALANCE, balance_key(customer_id=customer_id, currency=currency))
    return found or Balance(customer_id=customer_id, currency=currency)


def _topped_up(top_up: TopUp) -> BalanceToppedUp:
    return BalanceToppedUp(
        top_up_id=top_up.top_up_id,
        customer_id=top_up.customer_id,
        currency=top_up.currency,
        amount=top_up.amount,
        balance=top_up.balance,
    )
