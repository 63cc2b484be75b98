"""I1 to I9 over the memory stores of the five services, when nothing is under way any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

from billing.domain.kinds import DOCUMENT
from fulfillment.domain.kinds import SHIPMENT
from inventory.domain.kinds import MOVEMENT, STOCK
from inventory.domain.stock import EFFECTS
from order.audit.across import rules
from order.domain.lifecycle import LOCKS
from order.domain.order import ENTRY, ORDER
from order.domain.timeline import broken_at
from payment.domain.kinds import PAYMENT, POSTING, TENDER
from simulation.checks import violations
from simulation.shop.channel import Channel
from simulation.shop.facts import all_of, known
from simulation.shop.rest import agreed, books, caps
from simulation.shop.wishes import Wish
from simulation.world import World


def broken(*, world: World, channel: Channel, wishes: Mapping[str, Wish]) -> list[str]:
    """Return every violation, with the order it concerns where there is one."""
    parts: tuple[Callable[[], Iterable[str]], ...] = (
        lambda: _stock(world),
        lambda: caps(store=world.stores["inventory"]),
        lambda: _ledger(world),
        lambda: books(store=world.stores["payment"]),
        lambda: agreed(store=world.stores["order"], wishes=wishes),
        lambda: _tenders(world),
        lambda: _channel(world, channel),
        lambda: _once(world),
        lambda: _numbers(world),
        lambda: _sagas(world),
        lambda: _across(world),
        lambda: violations(world=world),
    )
    return [violation for part in parts for violation in part()]


def _stock(world: World) -> Iterable[str]:
    """I1: counters are the sums of the movements, and nothing is below zero."""
    store = world.stores["inventory"]
    moved: Counter[tuple[str, str, str]] = Counter()
    for movement in store.rows.get(MOVEMENT.name, {}).values():
        effect = EFFECTS[movement.kind]
        for name in ("on_hand", "reserved", "written_off"):
            moved[movement.sku, movement.warehouse_id, name] += getattr(effect, name) * movement.quantity
    for sku, stock in all_of(store=store, kind=STOCK).items():
        for row in stock.rows:
            for name in ("on_hand", "reserved", "written_off"):
                counter, sum_ = getattr(row, name), moved[sku, row.warehouse_id, name]
                if counter != sum_ or counter < 0:
                    yield f"I1 {sku} in {row.warehouse_id}: {name} {counter}, moved {sum_}"
            if row.reserved > row.on_hand:
                yield f"I1 {sku} in {row.warehouse_id}: reserved {row.reserved} of {row.on_hand}"
    reserved = sum(row.reserved for stock in all_of(store=store, kind=STOCK).values() for row in stock.rows)
    held = sum(each.inventory.get("reserved", 0) for each in known(stores=world.stores))
    if reserved != held:
        yield f"I1 reserved {reserved}, held by orders {held}"


def _ledger(world: World) -> Iterable[str]:
    """I2: every entry of the ledger sums to zero in each currency."""
    sums: Counter[tuple[str, str]] = Counter()
    for posting in world.stores["payment"].rows.get(POSTING.name, {}).values():
        sums[posting.entry_id, posting.currency] += posting.amount
    yield from (f"I2 entry {entry}: {left} {currency} are left" for (entry, currency), left in sums.items() if left)


def _tenders(world: World) -> Iterable[str]:
    """I2: what is locked or consumed of a tender is what orders hold of it, and nothing is locked at rest."""
    store = world.stores["payment"]
    held: Counter[tuple[str, bool]] = Counter()
    for payment in all_of(store=store, kind=PAYMENT).values():
        for hold in payment.holds:
            held[hold.tender_id, hold.consumed] += hold.amount - hold.returned
    for name, tender in all_of(store=store, kind=TENDER).items():
        if (tender.locked, tender.consumed) != (held[name, False], held[name, True]) or tender.available < 0:
            yield f"I2 tender {name}: {tender}, held {held[name, False]} and {held[name, True]}"


def _channel(world: World, channel: Channel) -> Iterable[str]:
    """I2, I5: what we believe of a payment is what its channel has done, once per intent."""
    for order_id, payment in all_of(store=world.stores["payment"], kind=PAYMENT).items():
        if payment.refunded > payment.captured:
            yield f"I2 order {order_id}: refunded {payment.refunded} of {payment.captured}"
        asked = [attempt for attempt in payment.attempts if attempt.channel.asked]
        if not asked:
            continue
        records = [record for attempt in asked if (record := channel.record(attempt_id=attempt.id)) is not None]
        told = (sum(record.captured for record in records), sum(record.refunded for record in records))
        if told != (payment.captured, payment.refunded):
            yield f"I2 order {order_id}: the channel took and gave {told}, we {payment.captured, payment.refunded}"


def _once(world: World) -> Iterable[str]:
    """I5: one shipment and one invoice per sub-order."""
    shipments = Counter(each.sub_order_id for each in all_of(store=world.stores["fulfillment"], kind=SHIPMENT).values())
    documents = world.stores["billing"].rows.get(DOCUMENT.name, {}).values()
    invoices = Counter(each.sub_order_id for each in documents if each.kind == "invoice")
    for what, counts in (("shipments", shipments), ("invoices", invoices)):
        yield from (f"I5 sub-order {name}: {count} {what}" for name, count in counts.items() if count > 1)


def _numbers(world: World) -> Iterable[str]:
    """I5: numbers of documents have no gap."""
    serials: dict[str, list[int]] = {}
    for document in world.stores["billing"].rows.get(DOCUMENT.name, {}).values():
        number = document.number
        serials.setdefault(f"{number.issuer} {number.series}{number.year}", []).append(number.serial)
    for series, found in serials.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"I5 numbers of {series}: {sorted(found)}"


def _sagas(world: World) -> Iterable[str]:
    """I3: no saga without a clock, none stuck, no lock without a saga; the history of each order is whole."""
    store = world.stores["order"]
    for order_id, order in all_of(store=store, kind=ORDER).items():
        running = {name: saga for name, saga in order.sagas.items() if saga.running}
        for name, saga in running.items():
            if saga.due is None or f"{order_id}/{name}" not in store.waiting:
                yield f"I3 order {order_id}: saga {name} has no clock"
        if order.state in LOCKS and not running:
            yield f"I3 order {order_id}: locked in {order.state} by nobody"
    rows = sorted(store.rows.get(ENTRY.name, {}).values(), key=lambda row: (row.order_id, row.number))
    for order_id, entries in groupby(rows, key=lambda row: row.order_id):
        if (number := broken_at(entries=entries)) is not None:
            yield f"I3 order {order_id}: its history breaks at row {number}"


def _across(world: World) -> Iterable[str]:
    """I2 to I7: what the services must say of the same order."""
    for each in known(stores=world.stores):
        if each.order and not each.ended:
            yield f"I3 order {each.order_id}: still {each.order['state']}"
        for rule in rules(at_rest=True):
            if rule.applies(each) and (wrong := rule.wrong(each)):
                yield f"{rule.invariant} order {each.order_id} ({each.order.get('state')}): {rule.says}: {wrong}"
