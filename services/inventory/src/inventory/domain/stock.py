"""Stock of a sku, warehouse by warehouse, and the movements that it is the sum of.

``reserved`` counts what is held for a while and what is held for good. What is held for a while is also counted by
the minute in which the hold ends, so that everybody who locks the row knows what has lapsed, although the order that
held it may belong to another process whose timer has not run yet. Who takes stock sweeps the lapsed minutes of that
row first; ``swept`` remembers up to when, and so a late release of the same hold gives nothing back a second time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.decision import changed

MINUTE = timedelta(minutes=1)


class MovementKind(StrEnum):
    """What happened to units of a sku in a warehouse."""

    RECEIVE = "receive"
    RESERVE = "reserve"
    RELEASE = "release"
    EXPIRE = "expire"
    EXTEND = "extend"
    COMMIT = "commit"
    DISPATCH = "dispatch"
    RESTOCK = "restock"
    WRITE_OFF = "write_off"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Effect:
    """What one unit of a movement adds to each counter."""

    on_hand: int
    reserved: int
    written_off: int


# A miss is a unit that the picker did not find: it was reserved, and never was there.
EFFECTS: Mapping[MovementKind, Effect] = {
    MovementKind.RECEIVE: Effect(on_hand=1, reserved=0, written_off=0),
    MovementKind.RESERVE: Effect(on_hand=0, reserved=1, written_off=0),
    MovementKind.RELEASE: Effect(on_hand=0, reserved=-1, written_off=0),
    MovementKind.EXPIRE: Effect(on_hand=0, reserved=-1, written_off=0),
    MovementKind.EXTEND: Effect(on_hand=0, reserved=0, written_off=0),
    MovementKind.COMMIT: Effect(on_hand=0, reserved=0, written_off=0),
    MovementKind.DISPATCH: Effect(on_hand=-1, reserved=-1, written_off=0),
    MovementKind.RESTOCK: Effect(on_hand=1, reserved=0, written_off=0),
    MovementKind.WRITE_OFF: Effect(on_hand=-1, reserved=0, written_off=1),
    MovementKind.MISS: Effect(on_hand=-1, reserved=-1, written_off=1),
}


@dataclass(frozen=True, slots=True)
class Movement:
    """Units of a sku in a warehouse that moved for a cause; the same cause moves them once."""

    kind: MovementKind
    sku: str
    warehouse_id: str
    cause: str
    order_id: str
    quantity: int
    at: datetime

    @property
    def unique(self) -> str:
        """What no second movement may share."""
        return f"{self.cause}|{self.kind}|{self.sku}|{self.warehouse_id}"


@dataclass(frozen=True, slots=True)
class HoldMinute:
    """Units whose hold ends at this full minute."""

    ends: datetime
    quantity: int


@dataclass(frozen=True)
class Stock:
    """One sku in one warehouse."""

    warehouse_id: str
    on_hand: int = 0
    reserved: int = 0
    safety: int = 0
    written_off: int = 0
    holds: tuple[HoldMinute, ...] = ()
    swept: datetime | None = None

    def lapsed(self, *, now: datetime) -> tuple[HoldMinute, ...]:
        """Return the minutes whose holds are over and still counted as reserved."""
        return tuple(each for each in self.holds if each.ends <= now)

    def available(self, *, now: datetime) -> int:
        """Return what can be taken now."""
        lapsed = sum(each.quantity for each in self.lapsed(now=now))
        return max(0, self.on_hand - self.reserved + lapsed - self.safety)

    def counts(self, *, ends: datetime) -> bool:
        """Say whether a hold that ends then is still part of ``reserved``."""
        return self.swept is None or ends > self.swept


@dataclass(frozen=True, slots=True)
class SkuStock:
    """The stock of a sku in all warehouses that know it."""

    sku: str
    rows: tuple[Stock, ...] = ()

    def row(self, *, warehouse_id: str) -> Stock:
        """Return the row of a warehouse, an empty one when the warehouse never had the sku."""
        for row in self.rows:
            if row.warehouse_id == warehouse_id:
                return row
        return Stock(warehouse_id=warehouse_id)

    def with_rows(self, *, rows: Iterable[Stock]) -> "SkuStock":
        """Return the stock with these rows in place of those of their warehouses."""
        found = {row.warehouse_id: row for row in (*self.rows, *rows)}
        return SkuStock(sku=self.sku, rows=tuple(found[each] for each in sorted(found)))


def ends_at(*, hold_until: datetime) -> datetime:
    """Return the full minute at which a hold ends."""
    floor = hold_until.replace(second=0, microsecond=0)
    return floor if floor == hold_until else floor + MINUTE


def moved(*, row: Stock, kind: MovementKind, quantity: int) -> Stock:
    """Return the row after a movement, by the table of effects."""
    effect = EFFECTS[kind]
    return changed(
        row,
        on_hand=row.on_hand + effect.on_hand * quantity,
        reserved=row.reserved + effect.reserved * quantity,
        written_off=row.written_off + effect.written_off * quantity,
    )


def held(*, row: Stock, ends: datetime, quantity: int) -> Stock:
    """Return the row with so many more units (or fewer, when negative) whose hold ends at this minute."""
    minutes = {each.ends: each.quantity for each in row.holds}
    minutes[ends] = minutes.get(ends, 0) + quantity
    if minutes[ends] < 0:
        raise ValueError(
            f"warehouse {row.warehouse_id}: fewer units are held until {ends.isoformat()} than are given back"
        )
    return changed(
        row, holds=tuple(HoldMinute(ends=at, quantity=units) for at, units in sorted(minutes.items()) if units)
    )


def swept(*, row: Stock, now: datetime) -> Stock:
    """Return the row without the holds that are over: their units are no longer reserved."""
    lapsed = row.lapsed(now=now)
    if not lapsed:
        return row
    freed = moved(row=row, kind=MovementKind.EXPIRE, quantity=sum(each.quantity for each in lapsed))
    return changed(freed, holds=tuple(each for each in row.holds if each.ends > now), swept=lapsed[-1].ends)
