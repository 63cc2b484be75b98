"""Asking the same again under another id, as the clocks of sagas do it, and whether the answer is the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chassis.message import Record
from simulation.broker import header
from simulation.loop import running
from simulation.shop.scene import Shop

AGAIN_SECONDS = (0.2, 4.0)
AT_ONCE, AGAIN = "-at-once", "-again"


def ask_again(shop: Shop, record: Record) -> None:
    """Ask the same under another id, at once and later."""
    if record.topic.endswith(".commands") and header(record, "ce_source") == "/order":
        for name, after in ((AT_ONCE, 0.0), (AGAIN, shop.world.draw.uniform(*AGAIN_SECONDS))):
            told = {"ce_id": f"{header(record, 'ce_id')}{name}".encode(), "ce_source": b"/outside"}
            headers = tuple((key, told.get(key, value)) for key, value in record.headers)
            running().outside(running().now + after, shop.world.repeat, replace(record, headers=headers))


def new_answers(*, shop: Shop) -> Iterator[str]:
    """I8: who asks the same again at once hears what was said before, or nothing; later he hears what is so by then."""
    for service, store in shop.world.stores.items():
        said = set[tuple[str, bytes]]()
        for row in (entry.row for entry in store.event_log):
            if row.headers.get("ce_causationid", "").endswith(AT_ONCE) and (row.type, row.payload) not in said:
                yield f"I8 {service} answered otherwise when asked again: {row.type} {row.payload.decode()}"
            said.add((row.type, row.payload))
