"""What comes in: message types, their commands and handlers, and which aggregates they need."""

from collections.abc import Iterable
from typing import Any

from chassis.decision import View
from chassis.feeds import Feed
from chassis.routes import Ref, Route, Routes
from inventory.domain.commands import (
    CommitStock,
    DispatchStock,
    ExpireHold,
    ExtendHold,
    MissStock,
    ReceiveStock,
    ReleaseStock,
    ReserveStock,
    Restock,
)
from inventory.domain.counters import CheckCounters, CountersChecked
from inventory.domain.events import CommitRefused, StockRefused
from inventory.domain.kinds import COVERAGE, PRODUCT, RECEIPT, RESERVATION, STOCK, TAKEN, WAREHOUSE, taken_key
from inventory.domain.reservation import Reservation
from inventory.handlers.commit import commit_stock
from inventory.handlers.counters import check_counters, counters_checked
from inventory.handlers.goods import dispatch_stock, miss_stock, receive_stock, restock
from inventory.handlers.hold import expire_hold, extend_hold
from inventory.handlers.release import release_stock
from inventory.handlers.reserve import reserve_stock


def _of_order(command: Any) -> Iterable[Ref]:
    return ((RESERVATION, command.order_id),)


def _to_reserve(command: ReserveStock) -> Iterable[Ref]:
    yield RESERVATION, command.order_id
    yield COVERAGE, command.region
    for line in command.lines:
        yield PRODUCT, line.sku


def _wanted(command: ReserveStock, view: View) -> Iterable[Ref]:
    for line in command.lines:
        yield STOCK, line.sku
        product = view.get(PRODUCT, line.sku)
        if product is not None and product.cap_per_customer is not None:
            yield TAKEN, taken_key(customer_id=command.customer_id, sku=line.sku)


def _reserved(command: Any, view: View) -> Iterable[Ref]:
    known: Reservation | None = view.get(RESERVATION, command.order_id)
    for line in known.lines if known is not None else ():
        yield STOCK, line.wanted.sku
        if known is not None and line.cap is not None:
            yield TAKEN, taken_key(customer_id=known.customer_id, sku=line.wanted.sku)


ROUTES = Routes(
    Route(
        type="inventory.reserve-stock.v1",
        command=ReserveStock,
        handler=reserve_stock,
        loads=_to_reserve,
        locks=_wanted,
        refusal=lambda command, _reason: StockRefused(command.order_id, "cannot_be_handled", ()),
    ),
    Route(
        type="inventory.commit-stock.v1",
        command=CommitStock,
        handler=commit_stock,
        loads=_of_order,
        locks=_reserved,
        refusal=lambda command, _reason: CommitRefused(command.order_id, "cannot_be_handled", ()),
    ),
    Route(
        type="inventory.release-stock.v1",
        command=ReleaseStock,
        handler=release_stock,
        loads=_of_order,
        locks=_reserved,
    ),
    Route(type="inventory.extend-hold.v1", command=ExtendHold, handler=extend_hold, loads=_of_order, locks=_reserved),
    Route(type="timer.hold-ended", command=ExpireHold, handler=expire_hold, loads=_of_order, locks=_reserved),
    Route(
        type="inventory.receive-stock.v1",
        command=ReceiveStock,
        handler=receive_stock,
        loads=lambda command: ((RECEIPT, command.receipt_id),),
        locks=lambda command, _view: ((STOCK, command.sku),),
    ),
    Route(
        type="inventory.restock.v1",
        command=Restock,
        handler=restock,
        loads=_of_order,
        locks=lambda command, _view: ((STOCK, each.sku) for each in command.units),
    ),
    Route(
        type="fulfillment.shipment-dispatched.v1",
        command=DispatchStock,
        handler=dispatch_stock,
        loads=_of_order,
        locks=lambda command, _view: ((STOCK, each.sku) for each in command.lines),
    ),
    Route(
        type="fulfillment.shipment-picked-short.v1",
        command=MissStock,
        handler=miss_stock,
        loads=_of_order,
        locks=_reserved,
    ),
    Route(type="timer.check-counters", command=CheckCounters, handler=check_counters, loads=lambda _command: ()),
    Route(type="answer.check-counters", command=CountersChecked, handler=counters_checked, loads=lambda _command: ()),
)

FEEDS = (
    Feed(type="catalog.product-published.v1", kind=PRODUCT),
    Feed(type="catalog.warehouse-published.v1", kind=WAREHOUSE),
)
