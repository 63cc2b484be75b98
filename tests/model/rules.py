"""What must hold: of each step of one service, of each state of all, and of each state in which an order has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from billing.domain.kinds import DOCUMENT
from chassis.store.memory import MemoryStore
from fulfillment.domain.kinds import SHIPMENT
from inventory.domain.kinds import MOVEMENT, RESERVATION, STOCK
from inventory.domain.stock import EFFECTS
from model.bank import Bank
from model.machine import Check, Local
from order.audit.across import rules
from order.domain.lifecycle import LOCKS, SETTLED, State
from order.domain.order import ORDER, Order
from order.domain.rollup import SubState
from payment.domain.kinds import PAYMENT, POSTING, TENDER
from payment.domain.payment import Payment
from simulation.shop.facts import LIVE, known

COUNTERS = ("on_hand", "reserved", "written_off")


def _new(before: Local, after: Local, kind: str) -> list[Any]:
    known_rows = before.rows.get(kind, {})
    return [row for key, row in after.rows.get(kind, {}).items() if key not in known_rows]


def _order(_before: Local, after: Local) -> Iterator[str]:
    """I3: no saga without a clock, and no lock that nobody will open."""
    for order in after.all_of(ORDER):
        running = {name: saga for name, saga in order.sagas.items() if saga.running}
        for name, saga in running.items():
            if saga.due is None or f"{order.order_id}/{name}" not in after.waiting:
                yield f"I3 saga {name} has no clock"
        if order.state in LOCKS and not running:
            yield f"I3 locked in {order.state} by nobody"
        if order.state in {"completed", "cancelled"} and f"{order.order_id}/archive" not in after.waiting:
            yield f"I3 {order.state}, and no clock will archive it"


def _inventory(before: Local, after: Local) -> Iterator[str]:
    """I1: counters move by movements, none is below zero, and no more is reserved than is there."""
    moved: Counter[tuple[str, str, str]] = Counter()
    for movement in _new(before, after, MOVEMENT.name):
        for name in COUNTERS:
            moved[movement.sku, movement.warehouse_id, name] += (
                getattr(EFFECTS[movement.kind], name) * movement.quantity
            )
    was, now = _counters(before), _counters(after)
    for place in {*was, *now, *moved}:
        if now[place] - was[place] != moved[place]:
            yield f"I1 {' '.join(place)}: {was[place]} became {now[place]}, moved {moved[place]}"
        if now[place] < 0:
            yield f"I1 {' '.join(place)}: {now[place]}"
    for stock in after.all_of(STOCK):
        yield from (f"I1 {stock.sku}: more reserved than there is" for row in stock.rows if row.reserved > row.on_hand)


def _counters(local: Local) -> Counter[tuple[str, str, str]]:
    return Counter(
        {
            (stock.sku, row.warehouse_id, name): getattr(row, name)
            for stock in local.all_of(STOCK)
            for row in stock.rows
            for name in COUNTERS
        }
    )


def _payment(before: Local, after: Local) -> Iterator[str]:
    """I2: entries sum to zero, and no more goes back than came."""
    sums: Counter[tuple[str, str]] = Counter()
    for posting in _new(before, after, POSTING.name):
        sums[posting.entry_id, posting.currency] += posting.amount
    yield from (f"I2 entry {entry}: {left} {currency} left" for (entry, currency), left in sums.items() if left)
    for payment in after.all_of(PAYMENT):
        if payment.refunded + payment.in_flight > payment.captured:
            yield f"I2 refunded {payment.refunded} + {payment.in_flight} of {payment.captured}"
        if any(left < 0 for _, left in payment.escrow):
            yield "I2 escrow is below zero"
    for tender in after.all_of(TENDER):
        held: Counter[bool] = Counter()
        for payment in after.all_of(PAYMENT):
            for hold in payment.holds:
                held[hold.consumed] += hold.amount - hold.returned
        if (tender.locked, tender.consumed) != (held[False], held[True]) or tender.available < 0:
            yield f"I2 tender {tender.locked} locked, {tender.consumed} consumed; held {held}"


def _fulfillment(_before: Local, after: Local) -> Iterator[str]:
    """I5: one shipment for each sub-order."""
    shipments = Counter(each.sub_order_id for each in after.all_of(SHIPMENT))
    yield from (f"I5 {count} shipments of {part}" for part, count in shipments.items() if count > 1)


def _billing(_before: Local, after: Local) -> Iterator[str]:
    """I5: one invoice for each sub-order, and numbers without a gap."""
    documents = after.rows.get(DOCUMENT.name, {}).values()
    invoices = Counter(each.sub_order_id for each in documents if each.kind == "invoice")
    yield from (f"I5 {count} invoices of {part}" for part, count in invoices.items() if count > 1)
    serials: dict[str, list[int]] = {}
    for each in documents:
        serials.setdefault(f"{each.number.issuer} {each.number.series}", []).append(each.number.serial)
    yield from (f"I5 numbers {found}" for found in serials.values() if sorted(found) != list(range(1, len(found) + 1)))


CHECKS: Mapping[str, Check] = {
    "order": _order,
    "inventory": _inventory,
    "payment": _payment,
    "fulfillment": _fulfillment,
    "billing": _billing,
}


def ended(*, order: Order) -> bool:
    """Whether nothing is owed to anybody any more, as far as the order knows."""
    return order.state in SETTLED and not any(saga.running for saga in order.sagas.values())


def wrong_together(*, payment: Local, billing: Local, bank: Bank) -> list[str]:
    """Return what is wrong between services in any state: I4 and I2, as far as every state must keep them."""
    documents = billing.rows.get(DOCUMENT.name, {}).values()
    invoiced = sum(each.total for each in documents if each.kind == "invoice")
    captured = sum(each.captured for each in payment.all_of(PAYMENT))
    found = []
    if invoiced > captured:
        found.append(f"I4 invoiced {invoiced}, captured {captured}")
    if bank.refunded > bank.captured:
        found.append(f"I2 the channel gave {bank.refunded} of {bank.captured}")
    return found


def wrong_at_rest(*, locals_: Sequence[Local], bank: Bank) -> list[str]:
    """Return what is wrong when an order has ended and nothing is under way: I1 to I7."""
    names = ("order", "inventory", "payment", "fulfillment", "billing")
    stores = {
        name: MemoryStore(aggregates=dict(local.aggregates), rows={key: dict(rows) for key, rows in local.rows.items()})
        for name, local in zip(names, locals_, strict=True)
    }
    found = [
        f"{rule.invariant} {rule.says}: {wrong}"
        for each in known(stores=stores)
        for rule in rules(at_rest=True)
        if each.order and rule.applies(each) and (wrong := rule.wrong(each))
    ]
    order, inventory, payment, fulfillment, _ = locals_
    return [
        *found,
        *_unlike(payment.all_of(PAYMENT), bank),
        *_reserved(inventory),
        *_delivered(order, fulfillment),
        *_returned(order, inventory, fulfillment),
    ]


def _unlike(payments: Sequence[Payment], bank: Bank) -> Iterator[str]:
    for payment in payments:
        if payment.channel is not None and payment.channel.asked:
            ours, theirs = (payment.captured, payment.refunded), (bank.captured, bank.refunded)
            if ours != theirs:
                yield f"I2 the channel took and gave {theirs}, we {ours}"


def _reserved(inventory: Local) -> Iterator[str]:
    reserved = sum(row.reserved for stock in inventory.all_of(STOCK) for row in stock.rows)
    live = [each for each in inventory.all_of(RESERVATION) if each.state in LIVE]
    held = sum(part.left for each in live for part in each.allocations if part.taken)
    if reserved != held:
        yield f"I1 reserved {reserved}, held by orders {held}"


def _delivered(order: Local, fulfillment: Local) -> Iterator[str]:
    """I4: an order with goods is completed by goods."""
    gone = any(each.dispatched_at for each in fulfillment.all_of(SHIPMENT))
    for each in order.all_of(ORDER):
        goods = any(not part.virtual for part in each.sub_orders)
        if each.state is State.COMPLETED and goods and not gone:
            yield "I4 completed, and nothing was sent"


def _returned(order: Local, inventory: Local, fulfillment: Local) -> Iterator[str]:
    """I1: what came back is on the shelf again, or written off, unless its receipt was confirmed before."""
    if any(part.state is SubState.COMPLETED for each in order.all_of(ORDER) for part in each.sub_orders):
        return
    back = sum(line.quantity for each in fulfillment.all_of(SHIPMENT) for lines in each.returns for line in lines)
    kept = sum(sum(counts) for each in inventory.all_of(RESERVATION) for counts in each.restocks.values())
    if back != kept:
        yield f"I1 {back} came back, {kept} were restocked or written off"
