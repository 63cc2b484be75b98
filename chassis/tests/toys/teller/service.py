from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from chassis.decision import Context, Decision, Kind, Save, Timer, View
from chassis.feeds import Feed
from chassis.publisher import Publisher
from chassis.routes import Route, Routes
from chassis.tables import Table, Tables
from toys.messages import REGISTRY, ConfirmedV1, StoreV1

MOST = 1_000
AUDIT_EVERY = 10
AUDIT_AFTER = timedelta(milliseconds=200)


@dataclass(frozen=True, slots=True)
class Account:
    account: str
    balance: int = 0
    deposits: tuple[int, ...] = ()
    confirmed: tuple[int, ...] = ()
    audits: int = 0


@dataclass(frozen=True, slots=True)
class Rate:
    safe: str
    rate: int


@dataclass(frozen=True, slots=True)
class Deposit:
    account: str
    number: int
    amount: int


@dataclass(frozen=True, slots=True)
class Stored:
    account: str
    number: int


@dataclass(frozen=True, slots=True)
class Audit:
    account: str


@dataclass(frozen=True, slots=True)
class Store:
    account: str
    number: int
    amount: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    account: str
    number: int


ACCOUNT = Kind(name="account", of=Account)
RATE = Kind(name="rate", of=Rate)


def deposit(command: Deposit, view: View, context: Context) -> Decision:
    if command.amount > MOST:
        fields = [{"field": "amount", "allowed": f"1 to {MOST}"}]
        return Decision(outcome="rejected", answer={"reason": "too_much", "fields": fields})
    account = view.get(ACCOUNT, command.account) or Account(command.account)
    account = replace(account, balance=account.balance + command.amount, deposits=(*account.deposits, command.number))
    return Decision(
        saves=(Save(ACCOUNT, account.account, account),),
        emits=(Store(command.account, command.number, command.amount),),
        timers=_audits(command, context),
        answer={"balance": account.balance},
    )


def _audits(command: Deposit, context: Context) -> tuple[Timer, ...]:
    if command.number % AUDIT_EVERY:
        return ()
    return (
        Timer(
            id=f"audit:{command.account}:{command.number}",
            name="audit",
            key=command.account,
            due=context.now + AUDIT_AFTER,
            data={"account": command.account},
        ),
    )


def stored(command: Stored, view: View, context: Context) -> Decision:
    account = view.get(ACCOUNT, command.account)
    assert account is not None
    account = replace(account, confirmed=(*account.confirmed, command.number))
    return Decision(
        saves=(Save(ACCOUNT, account.account, account),), emits=(Confirmed(command.account, command.number),)
    )


def audit(command: Audit, view: View, context: Context) -> Decision:
    account = view.get(ACCOUNT, command.account)
    assert account is not None
    return Decision(saves=(Save(ACCOUNT, account.account, replace(account, audits=account.audits + 1)),))


def _account(command: Any) -> list[tuple[Kind[Any], str]]:
    return [(ACCOUNT, command.account)]


ROUTES = Routes(
    Route("teller.deposit.v1", Deposit, deposit, _account),
    Route("vault.stored.v1", Stored, stored, _account),
    Route("timer.audit", Audit, audit, _account),
)
TABLES = Tables(
    Table(kind=ACCOUNT, load="load_accounts", save="save_accounts"),
    Table(kind=RATE, load="load_rates", save="save_rates"),
)
PUBLISH = Publisher({Store: StoreV1, Confirmed: ConfirmedV1}, registry=REGISTRY)
FEEDS = (Feed(type="bank.rate-published.v1", kind=RATE),)
