"""For every CHECK and unique index of the services' migrations: a row that it forbids, or why no code can write one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from billing.domain.kinds import BILL, DOCUMENT, SEQUENCE
from billing.domain.numbers import Sequence, Series
from chassis.decision import Append, Kind, RowKind
from chassis.migrating import read_migrations
from chassis.store.memory import MemoryStore
from chassis.store.values import Changes, Saved
from fulfillment.domain.kinds import SHIPMENT
from fulfillment.domain.states import ShipmentState
from inventory.domain.kinds import MOVEMENT, RESERVATION, STOCK, TAKEN, Taken, taken_key
from inventory.domain.reservation import ReservationState
from inventory.domain.stock import MovementKind
from order.domain.exceptions import ExceptionState
from order.domain.lifecycle import State
from order.domain.order import ENTRY, ORDER
from order.domain.profiles import ProfileName
from payment.domain.kinds import BALANCE, EXCEPTION, PAYMENT, POSTING, TENDER
from payment.domain.payment import ReconciliationException
from payment.domain.states import PaymentState
from payment.domain.tenders import Balance, balance_key
from payment.domain.values import Channel, Class, TenderKind
from simulation.clocks import BEGINNING

CONSTRAINT = re.compile(r"CONSTRAINT (\w+)\s+(?:CHECK|UNIQUE)|CREATE UNIQUE INDEX (\w+)|TRIGGER (\w+) AFTER")
STORY = "refused-at-the-door"
"""A scripted saga whose rows are broken here: paid, sent, refused, paid back."""

ENUMS: Mapping[str, type[StrEnum]] = {
    "orders_profile_check": ProfileName,
    "orders_state_check": State,
    "exceptions_state_check": ExceptionState,
    "shipments_state_check": ShipmentState,
    "payments_state_known": PaymentState,
    "payments_channel_known": Channel,
    "tenders_kind_known": TenderKind,
    "statement_lines_class_known": Class,
    "sequences_series_known": Series,
    "documents_series_known": Series,
    "reservations_state_check": ReservationState,
    "movements_kind_check": MovementKind,
}
"""Columns whose words are those of an enum: no value of the type has another."""

UNTOLD: Mapping[str, str] = {
    "terms_written_once_check": "it is about the version; an invariant of the simulation says the same",
    "customer_keys_key_check": "no aggregate: HTTP writes it beside the store",
    "customer_keys_erased_check": "no aggregate: HTTP writes it beside the store",
    "last_audits_single_check": "the key is a constant",
    "balances_customer_currency_key": "the key is made of both",
    "sequences_issuer_series_key": "the key is made of both",
    "postings_account_known": "accounts are constants of the ledger, or made of a merchant's id",
    "statement_lines_kind_known": "a literal of the contract",
    "documents_kind_known": "a constant where documents are made",
}
"""What the memory store is not told, and why."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """What may be written, and what may not after that."""

    constraint: str
    service: str
    wrong: Changes
    before: Changes | None = None


Stores = Mapping[str, MemoryStore]


def forbidden(*, stores: Stores) -> Iterator[Forbidden]:
    """Return one row at least for every constraint that the memory store is told, made of rows that a history wrote."""
    for service, makers in _MAKERS.items():
        for constraint, make in makers.items():
            yield from (Forbidden(constraint, service, wrong, before) for before, wrong in make(stores[service]))


def constraints(*, service: str) -> Mapping[str, str]:
    """Return the constraints of a service's migrations by name, each with the text that follows it."""
    sql = "\n".join(migration.sql for migration in read_migrations(package=service))
    return {next(filter(None, found.groups())): sql[found.start() :] for found in CONSTRAINT.finditer(sql)}


def words(*, text: str) -> set[str]:
    """Return the words of the list that a CHECK names first."""
    return set(re.findall(r"'([^']*)'", text[: text.index(")")]))


Pairs = Iterator[tuple[Changes | None, Changes]]


def _save(kind: Kind[Any], key: str, after: Any, *, before: Any = None) -> Changes:
    saved = Saved(kind=kind, key=key, version=1, before=before, after=after)
    return Changes(now=BEGINNING, saves=(saved,))


def _rows(kind: RowKind[Any], *rows: Any) -> Changes:
    return Changes(now=BEGINNING, rows=tuple(Append(kind, row, unique=f"row {n}") for n, row in enumerate(rows)))


def _saved(kind: Kind[Any], *breaks: Callable[[Any], Any]) -> Callable[[MemoryStore], Pairs]:
    """Return what breaks the first aggregate of a kind that a history left."""

    def make(store: MemoryStore) -> Pairs:
        key, good = next((key, each.aggregate) for (found, key), each in store.aggregates.items() if found == kind)
        yield from ((None, _save(kind, key, break_(good))) for break_ in breaks)

    return make


def _changed(kind: Kind[Any], break_: Callable[[Any], Any]) -> Callable[[MemoryStore], Pairs]:
    """Return what changes the first aggregate of a kind, when it is there, into what it may not become."""

    def make(store: MemoryStore) -> Pairs:
        key, good = next((key, each.aggregate) for (found, key), each in store.aggregates.items() if found == kind)
        yield _save(kind, key, good), _save(kind, key, break_(good), before=good)

    return make


def _new(kind: Kind[Any], key: str, wrong: Any) -> Callable[[MemoryStore], Pairs]:
    def make(_store: MemoryStore) -> Pairs:
        yield None, _save(kind, key, wrong)

    return make


def _added(kind: RowKind[Any], *breaks: Callable[[Any], Any]) -> Callable[[MemoryStore], Pairs]:
    """Return what breaks the first row of a kind that a history left."""

    def make(store: MemoryStore) -> Pairs:
        good = next(iter(store.rows[kind.name].values()))
        yield from ((None, _rows(kind, break_(good))) for break_ in breaks)

    return make


def _twice(kind: RowKind[Any], other: Callable[[Any], Any]) -> Callable[[MemoryStore], Pairs]:
    """Return a row, and another that shares with it what no two may share, in one write and in two."""

    def make(store: MemoryStore) -> Pairs:
        good = next(iter(store.rows[kind.name].values()))
        yield _rows(kind, good), Changes(now=BEGINNING, rows=(Append(kind, other(good), unique="another"),))
        yield None, _rows(kind, good, other(good))

    return make


def _stock(**fields: int) -> Callable[[Any], Any]:
    return lambda sku: replace(sku, rows=(replace(sku.rows[0], **fields), *sku.rows[1:]))


def _stuck(order: Any) -> Any:
    return replace(order, sagas={key: replace(saga, stuck=True) for key, saga in order.sagas.items()})


def _other_number(document: Any) -> Any:
    return replace(document, document_id="other", number=replace(document.number, serial=4_711))


_EXCEPTION = ReconciliationException(
    id="e1",
    order_id="o1",
    classified=Class.AMOUNT_DIFF,
    currency="USD",
    expected=1,
    found=2,
    detail="",
    opened_at=BEGINNING,
)
_EARLIER = BEGINNING - timedelta(seconds=1)
_MAKERS: Mapping[str, Mapping[str, Callable[[MemoryStore], Pairs]]] = {
    "order": {
        "orders_stuck_check": _saved(ORDER, _stuck),
        "entries_number_check": _added(ENTRY, lambda entry: replace(entry, number=0, previous="x")),
        "entries_chain_check": _added(ENTRY, lambda entry: replace(entry, number=9, previous="")),
    },
    "inventory": {
        "stock_reserved_check": _saved(STOCK, _stock(on_hand=1, reserved=2), _stock(reserved=-1)),
        "stock_safety_check": _saved(STOCK, _stock(safety=-1)),
        "stock_written_off_check": _saved(STOCK, _stock(written_off=-1)),
        "taken_quantity_check": _new(TAKEN, taken_key(customer_id="c1", sku="tea"), Taken("c1", "tea", -1)),
        "reservations_ends_check": _saved(
            RESERVATION,
            lambda held: replace(held, state=ReservationState.HELD, ends=None),
            lambda held: replace(held, state=ReservationState.RELEASED, ends=BEGINNING),
        ),
        "movements_quantity_check": _added(MOVEMENT, lambda movement: replace(movement, quantity=0)),
    },
    "payment": {
        "payments_amounts_positive": _saved(PAYMENT, lambda payment: replace(payment, due=-1)),
        "payments_refunds_covered": _saved(
            PAYMENT,
            lambda payment: replace(payment, facts=tuple(each for each in payment.facts if each.kind != "captured")),
        ),
        "tenders_parts_positive": _saved(TENDER, lambda tender: replace(tender, available=-1)),
        "tenders_whole": _changed(TENDER, lambda tender: replace(tender, consumed=tender.consumed + 1)),
        "balances_covered": _new(
            BALANCE,
            balance_key(customer_id="c1", currency="USD"),
            Balance(customer_id="c1", currency="USD", amount=-1),
        ),
        "exceptions_class_known": _new(EXCEPTION, "e1", replace(_EXCEPTION, classified=Class.MATCHED)),
        "exceptions_resolved_after": _new(EXCEPTION, "e1", replace(_EXCEPTION, resolved_at=_EARLIER)),
        "postings_amount_not_zero": _added(POSTING, lambda posting: replace(posting, amount=0)),
        "postings_entry_balances": _added(POSTING, lambda posting: posting),
    },
    "fulfillment": {
        "shipments_waybill_check": _saved(
            SHIPMENT,
            lambda shipment: replace(shipment, waybill=""),
            lambda shipment: replace(shipment, state=ShipmentState.PACKED),
        ),
    },
    "billing": {
        "bills_red_within_blue": _saved(
            BILL,
            lambda bill: replace(bill, freight_left=bill.invoice.total + 1),
            lambda bill: replace(bill, freight_left=-bill.invoice.total - 1),
        ),
        "sequences_last_positive": _new(
            SEQUENCE,
            Sequence(issuer="m1", series=Series.GENERAL_VAT).key,
            Sequence(issuer="m1", series=Series.GENERAL_VAT),
        ),
        "documents_total_positive": _added(DOCUMENT, lambda document: replace(document, total=-1)),
        "documents_number_once": _twice(
            DOCUMENT, lambda document: replace(document, document_id="o", sub_order_id="o")
        ),
        "documents_invoice_once": _twice(DOCUMENT, _other_number),
    },
}
