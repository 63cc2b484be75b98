"""Damage done to the databases of a running house behind the back of its services, and undone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from simulators.house.embedded import EmbeddedHouse


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What is broken in which database, how it is mended, and what the audit must say of it.

    ``{paid}`` and ``{cancelled}`` in the statements stand for the id of a completed order and of a cancelled one.
    """

    service: str
    breaks: str
    mends: str
    invariant: str
    names: str


DAMAGES = {
    "stock that no movement explains": Damage(
        service="inventory",
        breaks="UPDATE stock SET on_hand = on_hand + 1 WHERE sku = 'tea' AND warehouse_id = 'north'",
        mends="UPDATE stock SET on_hand = on_hand - 1 WHERE sku = 'tea' AND warehouse_id = 'north'",
        invariant="I1",
        names="inventory: sku tea in north: on hand ",
    ),
    "units that nobody received": Damage(
        service="inventory",
        breaks="UPDATE stock SET written_off = written_off + 1 WHERE sku = 'tea' AND warehouse_id = 'north'",
        mends="UPDATE stock SET written_off = written_off - 1 WHERE sku = 'tea' AND warehouse_id = 'north'",
        invariant="I1",
        names="inventory: sku tea: received ",
    ),
    "units reserved for nobody": Damage(
        service="inventory",
        breaks="UPDATE stock SET reserved = reserved + 1 WHERE sku = 'tea' AND warehouse_id = 'north'",
        mends="UPDATE stock SET reserved = reserved - 1 WHERE sku = 'tea' AND warehouse_id = 'north'",
        invariant="I1",
        names="inventory: sku tea in north: on hand ",
    ),
    "an entry that does not sum to zero": Damage(
        service="payment",
        breaks="UPDATE postings SET amount = amount + 1 WHERE order_id = '{paid}' AND account = 'FREIGHT'",
        mends="UPDATE postings SET amount = amount - 1 WHERE order_id = '{paid}' AND account = 'FREIGHT'",
        invariant="I2",
        names="payment: entry ",
    ),
    "more refunded than captured": Damage(
        service="payment",
        breaks="ALTER TABLE payments DROP CONSTRAINT payments_refunds_covered; "
        "UPDATE payments SET refunded = refunded + 1 WHERE order_id = '{cancelled}'",
        mends="UPDATE payments SET refunded = refunded - 1 WHERE order_id = '{cancelled}'; "
        "ALTER TABLE payments ADD CONSTRAINT payments_refunds_covered CHECK (refunded + in_flight <= captured)",
        invariant="I2",
        names="payment: order {cancelled}: captured ",
    ),
    "an invoice below what was kept": Damage(
        service="billing",
        breaks="UPDATE documents SET total = total - 1 WHERE order_id = '{paid}'",
        mends="UPDATE documents SET total = total + 1 WHERE order_id = '{paid}'",
        invariant="I2",
        names="order: order {paid}: completed, kept ",
    ),
    "a lock that nobody will open": Damage(
        service="order",
        breaks="UPDATE orders SET state = 'cancelling' WHERE order_id = '{paid}'",
        mends="UPDATE orders SET state = 'completed' WHERE order_id = '{paid}'",
        invariant="I3",
        names="order: order {paid}: nobody will unlock it",
    ),
    "a saga that is stuck": Damage(
        service="order",
        breaks="UPDATE orders SET running = TRUE, stuck = TRUE WHERE order_id = '{paid}'",
        mends="UPDATE orders SET running = FALSE, stuck = FALSE WHERE order_id = '{paid}'",
        invariant="I3",
        names="order: order {paid}: a saga is stuck",
    ),
    "a saga without a clock": Damage(
        service="order",
        breaks="UPDATE orders SET document = jsonb_set(document, '{{sagas,checkout,phase}}', '\"forward\"') "
        "WHERE order_id = '{paid}'",
        mends="UPDATE orders SET document = jsonb_set(document, '{{sagas,checkout,phase}}', '\"done\"') "
        "WHERE order_id = '{paid}'",
        invariant="I3",
        names="order: order {paid}: checkout has no clock",
    ),
    "goods on their way for a cancelled order": Damage(
        service="fulfillment",
        breaks="UPDATE shipments SET state = 'delivered', waybill = 'w-{cancelled}' WHERE order_id = '{cancelled}'",
        mends="UPDATE shipments SET state = 'intercepted', waybill = NULL WHERE order_id = '{cancelled}'",
        invariant="I4",
        names="order: order {cancelled}: cancelled, shipments gone 1",
    ),
    "an invoice without captured money": Damage(
        service="payment",
        breaks="UPDATE payments SET captured = captured - 1 WHERE order_id = '{paid}'",
        mends="UPDATE payments SET captured = captured + 1 WHERE order_id = '{paid}'",
        invariant="I4",
        names="order: order {paid}: completed, invoiced ",
    ),
    "a second shipment": Damage(
        service="fulfillment",
        breaks="INSERT INTO shipments (shipment_id, version, document, state, order_id, warehouse_id, created_at) "
        "SELECT shipment_id || '-again', version, document, 'intercepted', order_id, warehouse_id, created_at "
        "FROM shipments WHERE order_id = '{paid}'",
        mends="DELETE FROM shipments WHERE order_id = '{paid}' AND shipment_id LIKE '%-again'",
        invariant="I5",
        names="fulfillment: sub-order {paid}",
    ),
    "a second attempt under one key": Damage(
        service="payment",
        breaks="UPDATE payments SET document = jsonb_insert(document, '{{attempts,0}}', document #> '{{attempts,0}}') "
        "WHERE order_id = '{paid}'",
        mends="UPDATE payments SET document = document #- '{{attempts,0}}' WHERE order_id = '{paid}'",
        invariant="I5",
        names="payment: attempt {paid}",
    ),
    "a gap in the numbers of invoices": Damage(
        service="billing",
        breaks="UPDATE documents SET serial = serial + 1000000 WHERE order_id = '{paid}'",
        mends="UPDATE documents SET serial = serial - 1000000 WHERE order_id = '{paid}'",
        invariant="I5",
        names="billing: series ",
    ),
    "a pointer into nowhere": Damage(
        service="order",
        breaks="INSERT INTO outbox (seq, shard, day) VALUES (-7, 99, '2000-01-01')",
        mends="DELETE FROM outbox WHERE seq = -7",
        invariant="I6",
        names="order: journal row -7 of shard 99",
    ),
    "a history with another word": Damage(
        service="order",
        breaks="UPDATE entries SET why = why || 'x' WHERE order_id = '{paid}' AND number = 2",
        mends="UPDATE entries SET why = left(why, -1) WHERE order_id = '{paid}' AND number = 2",
        invariant="I6",
        names="order: order {paid}: its history ",
    ),
    "money kept for a cancelled order": Damage(
        service="payment",
        breaks="UPDATE payments SET refunded = refunded - 1 WHERE order_id = '{cancelled}'",
        mends="UPDATE payments SET refunded = refunded + 1 WHERE order_id = '{cancelled}'",
        invariant="I7",
        names="order: order {cancelled}: cancelled, kept 1",
    ),
    "stock kept for a cancelled order": Damage(
        service="inventory",
        breaks="UPDATE reservations SET state = 'committed', document = "
        "jsonb_set(document, '{{allocations,0,released}}', '0') WHERE order_id = '{cancelled}'",
        mends="UPDATE reservations SET state = 'released', document = "
        "jsonb_set(document, '{{allocations,0,released}}', document #> '{{allocations,0,quantity}}') "
        "WHERE order_id = '{cancelled}'",
        invariant="I7",
        names="order: order {cancelled}: cancelled, reserved ",
    ),
    "a message handled with another body": Damage(
        service="inventory",
        breaks="UPDATE inbox SET fingerprint = 'x' || fingerprint WHERE message_id = '{message}'",
        mends="UPDATE inbox SET fingerprint = substr(fingerprint, 2) WHERE message_id = '{message}'",
        invariant="I8",
        names="inventory: message {message}: inventory.reserve-stock.v1 of {paid}, by order, was handled with another",
    ),
    "a message without a fingerprint": Damage(
        service="inventory",
        breaks="INSERT INTO inbox (message_id, fingerprint, outcome, handled_at) VALUES ('bare', '', 'applied', now())",
        mends="DELETE FROM inbox WHERE message_id = 'bare'",
        invariant="I8",
        names="inventory: message bare has no fingerprint",
    ),
    "a message that was never handled": Damage(
        service="inventory",
        breaks="UPDATE inbox SET message_id = 'lost-' || message_id WHERE message_id = '{message}'",
        mends="UPDATE inbox SET message_id = '{message}' WHERE message_id = 'lost-{message}'",
        invariant="I9",
        names="inventory: message {message}: inventory.reserve-stock.v1 of {paid}, by order, was never handled",
    ),
    "a dead letter that counts as handled": Damage(
        service="inventory",
        breaks="INSERT INTO dead_letters (message_id, shard, type, error, topic, partition, record_offset, headers, "
        "failed_at) VALUES ('{message}', 0, 't', 'e', 't', 0, 0, '[]', now())",
        mends="DELETE FROM dead_letters WHERE message_id = '{message}'",
        invariant="I9",
        names="inventory: message {message} is a dead letter and applied",
    ),
}

UNEXPLAINED = {
    "tea": Damage(
        service="inventory",
        breaks="UPDATE stock SET written_off = written_off + 1 WHERE sku = 'tea' AND warehouse_id = 'south'",
        mends="UPDATE stock SET written_off = written_off - 1 WHERE sku = 'tea' AND warehouse_id = 'south'",
        invariant="I1",
        names="inventory: sku tea: received ",
    ),
    "lamp": Damage(
        service="inventory",
        breaks="UPDATE stock SET written_off = written_off + 1 WHERE sku = 'lamp' AND warehouse_id = 'south'",
        mends="UPDATE stock SET written_off = written_off - 1 WHERE sku = 'lamp' AND warehouse_id = 'south'",
        invariant="I1",
        names="inventory: sku lamp: received ",
    ),
}
"""Units that were written off by nobody, of skus whose exceptions are told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruin:
    """A house that can be damaged: by the owners of its databases."""

    house: EmbeddedHouse
    paid: str
    cancelled: str
    message: str

    def named(self, words: str) -> str:
        """Return the words with the ids of the orders."""
        return words.format(paid=self.paid, cancelled=self.cancelled, message=self.message)

    async def run(self, service: str, sql: str) -> str:
        """Run a statement in the database of a service."""
        settings = self.house.environment(name=service, migrating=True)
        connection = await asyncpg.connect(settings[f"{service.upper()}_DATABASE_URL"])
        try:
            return await connection.execute(self.named(sql))
        finally:
            await connection.close()

    @asynccontextmanager
    async def damaged(self, damage: Damage) -> AsyncIterator[None]:
        """Break something, and mend it."""
        assert not (await self.run(damage.service, damage.breaks)).endswith(" 0"), "nothing was broken"
        try:
            yield
        finally:
            await self.run(damage.service, damage.mends)
