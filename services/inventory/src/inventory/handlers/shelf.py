"""What one message does to stock: changed rows, movements and warnings, gathered while a handler decides."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from chassis.decision import Append, Decision, Save, View, changed
from inventory.domain.events import StockRanLow
from inventory.domain.kinds import MOVEMENT, STOCK
from inventory.domain.reservation import Allocation, Reservation
from inventory.domain.stock import Movement, MovementKind, SkuStock, Stock, held, moved, swept


class Shelf:
    """The stock of the skus that a message is about; every change of a counter is a movement."""

    def __init__(self, *, view: View, skus: Iterable[str], cause: str, order_id: str, now: datetime) -> None:
        self._before = {sku: view.get(STOCK, sku) or SkuStock(sku=sku) for sku in sorted(set(skus))}
        self._changed: dict[tuple[str, str], Stock] = {}
        self._moves: dict[tuple[str, MovementKind, str, str], int] = {}
        self._cause = cause
        self._order_id = order_id
        self._now = now

    def free(self) -> dict[tuple[str, str], int]:
        """Return what is available per (sku, warehouse)."""
        return {
            (sku, row.warehouse_id): row.available(now=self._now)
            for sku in self._before
            for row in self._stock(sku).rows
        }

    def row(self, *, sku: str, warehouse_id: str) -> Stock:
        """Return a row as it is now."""
        return self._changed.get((sku, warehouse_id)) or self._before[sku].row(warehouse_id=warehouse_id)

    def reserve(self, *, sku: str, warehouse_id: str, quantity: int, ends: datetime | None) -> None:
        """Hold units until a minute, or for good when ``ends`` is None; lapsed holds of the row are swept first."""
        self._sweep(sku, warehouse_id)
        self._move(MovementKind.RESERVE, sku, warehouse_id, quantity)
        if ends is not None:
            self._hold(sku, warehouse_id, ends, quantity)

    def give_back(
        self, *, kind: MovementKind, sku: str, warehouse_id: str, quantity: int, ends: datetime | None
    ) -> bool:
        """Free held units; False when their hold had lapsed and somebody swept it: they are free already."""
        if ends is not None:
            if not self.row(sku=sku, warehouse_id=warehouse_id).counts(ends=ends):
                return False
            self._hold(sku, warehouse_id, ends, -quantity)
        self._move(kind, sku, warehouse_id, quantity)
        return True

    def keep(self, *, sku: str, warehouse_id: str, quantity: int, ends: datetime) -> None:
        """Make a hold permanent."""
        self._hold(sku, warehouse_id, ends, -quantity)
        self._move(MovementKind.COMMIT, sku, warehouse_id, quantity)

    def extend(self, *, sku: str, warehouse_id: str, quantity: int, ends: datetime, later: datetime) -> None:
        """Let a hold end later."""
        self._hold(sku, warehouse_id, ends, -quantity)
        self._hold(sku, warehouse_id, later, quantity)
        self._move(MovementKind.EXTEND, sku, warehouse_id, quantity)

    def move(self, *, kind: MovementKind, sku: str, warehouse_id: str, quantity: int) -> None:
        """Apply a movement that concerns no hold."""
        self._move(kind, sku, warehouse_id, quantity)

    def set_safety(self, *, sku: str, warehouse_id: str, safety: int) -> None:
        """Set the units that are never sold."""
        self._put(sku, changed(self.row(sku=sku, warehouse_id=warehouse_id), safety=safety))

    def decision(self) -> Decision:
        """Return the changed stock and its movements."""
        after = {sku: self._stock(sku) for sku in self._before}
        saves = tuple(Save(STOCK, sku, stock) for sku, stock in after.items() if stock != self._before[sku])
        movements = [
            Movement(
                kind, sku, warehouse_id, cause, self._order_id if cause == self._cause else "", quantity, self._now
            )
            for (cause, kind, sku, warehouse_id), quantity in self._moves.items()
        ]
        return Decision(saves=saves, rows=tuple(Append(MOVEMENT, each, unique=each.unique) for each in movements))

    def warnings(self, *, thresholds: Mapping[str, int]) -> tuple[StockRanLow, ...]:
        """Return where available stock fell under its sku's threshold by this message."""
        return tuple(
            StockRanLow(sku, row.warehouse_id, row.available(now=self._now), low)
            for sku, low in sorted(thresholds.items())
            for row in self._stock(sku).rows
            if row.available(now=self._now) < low <= self._available_before(sku, row.warehouse_id)
        )

    def _available_before(self, sku: str, warehouse_id: str) -> int:
        return self._before[sku].row(warehouse_id=warehouse_id).available(now=self._now)

    def _sweep(self, sku: str, warehouse_id: str) -> None:
        row = self.row(sku=sku, warehouse_id=warehouse_id)
        for minute in row.lapsed(now=self._now):
            self._count(f"lapsed:{minute.ends.isoformat()}", MovementKind.EXPIRE, sku, warehouse_id, minute.quantity)
        self._put(sku, swept(row=row, now=self._now))

    def _move(self, kind: MovementKind, sku: str, warehouse_id: str, quantity: int) -> None:
        self._put(sku, moved(row=self.row(sku=sku, warehouse_id=warehouse_id), kind=kind, quantity=quantity))
        self._count(self._cause, kind, sku, warehouse_id, quantity)

    def _count(self, cause: str, kind: MovementKind, sku: str, warehouse_id: str, quantity: int) -> None:
        place = (cause, kind, sku, warehouse_id)
        self._moves[place] = self._moves.get(place, 0) + quantity

    def _hold(self, sku: str, warehouse_id: str, ends: datetime, quantity: int) -> None:
        self._put(sku, held(row=self.row(sku=sku, warehouse_id=warehouse_id), ends=ends, quantity=quantity))

    def _put(self, sku: str, row: Stock) -> None:
        self._changed[sku, row.warehouse_id] = row

    def _stock(self, sku: str) -> SkuStock:
        """Return the stock of a sku as it is now."""
        rows = [row for (each, _), row in self._changed.items() if each == sku]
        return self._before[sku].with_rows(rows=rows) if rows else self._before[sku]


def thresholds(*, reservation: Reservation) -> dict[str, int]:
    """Return the low-stock threshold of each sku of an order that has one."""
    return {line.wanted.sku: line.low_stock for line in reservation.lines if line.low_stock}


def give_back(*, shelf: Shelf, allocations: Iterable[Allocation], kind: MovementKind, ends: datetime | None) -> None:
    """Free all that is left of these allocations; units that were only planned are not on the shelf's counters."""
    for each in allocations:
        if each.taken and each.left:
            shelf.give_back(kind=kind, sku=each.sku, warehouse_id=each.warehouse_id, quantity=each.left, ends=ends)
