"""Scripts: what the world does with one order, where that is not left to chance.

The shopper writes them before it places an order: whether the warehouse gets to it, what happens at the door.
"""

import sqlite3
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, TypeAdapter

from contracts.fulfillment import ShipmentDispatchedV1
from contracts.values import Id, PickedLine

_LINES = TypeAdapter(tuple[PickedLine, ...])


class Script(BaseModel):
    """What happens to an order: `hold` leaves it on the pick list, `short` misses a unit, the door takes or refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order_id: Id
    pick: Literal["all", "short", "hold"] = "all"
    door: Literal["accept", "refuse", "lose"] = "accept"


class Scripts(Protocol):
    """Where scripts are looked up."""

    def script(self, *, order_id: str) -> Script | None:
        """Return the script of an order, if it has one."""


class WorldBook:
    """Scripts and what the warehouses sent out, in SQLite."""

    def __init__(self, *, path: Path) -> None:
        """Open the file, making it the first time."""
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS scripts (order_id TEXT PRIMARY KEY, script TEXT NOT NULL)")
        self._db.execute("CREATE TABLE IF NOT EXISTS sent (shipment_id TEXT PRIMARY KEY, lines TEXT NOT NULL)")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def write_script(self, *, script: Script) -> None:
        """Keep a script; the last one of an order counts."""
        self._db.execute("INSERT OR REPLACE INTO scripts VALUES (?, ?)", (script.order_id, script.model_dump_json()))

    def script(self, *, order_id: str) -> Script | None:
        """Return the script of an order, if it has one."""
        row = self._db.execute("SELECT script FROM scripts WHERE order_id = ?", (order_id,)).fetchone()
        return Script.model_validate_json(row[0]) if row else None

    def keep_sent(self, *, shipment: ShipmentDispatchedV1) -> None:
        """Remember what left in a shipment."""
        lines = _LINES.dump_json(shipment.lines).decode()
        self._db.execute("INSERT OR REPLACE INTO sent VALUES (?, ?)", (shipment.shipment_id, lines))

    def sent(self, *, shipment_id: str) -> tuple[PickedLine, ...]:
        """Return what left in a shipment; nothing when it never left."""
        row = self._db.execute("SELECT lines FROM sent WHERE shipment_id = ?", (shipment_id,)).fetchone()
        return _LINES.validate_json(row[0]) if row else ()
