"""Which rows a shard's relay takes next: from memory, from the outbox, or from the log; without any I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chassis.store.values import OutboxRow


class Mode(StrEnum):
    """Where a shard's rows are taken from."""

    MEMORY = "memory"
    CATCH_UP = "catch-up"
    REPLAY = "replay"


@dataclass(slots=True)
class Line:
    """One shard's way out: the last seq read in this mode, and whether a row was committed since that read."""

    mode: Mode = Mode.CATCH_UP
    after: int = 0
    marked: bool = False
    since: datetime | None = None

    def took(self, *, rows: Collection[OutboxRow]) -> bool:
        """Note what was read; return whether the line has come to its end."""
        for row in rows:
            self.after = row.seq
        return not rows and not self.marked


@dataclass(slots=True)
class Lines:
    """The lines of the shards of one process, and the rows in memory.

    The flip from catch-up to memory is safe because a row offered while the outbox is being read marks the line, and a
    marked line reads again.
    """

    full: int
    _lines: dict[int, Line] = field(default_factory=dict)
    _queue: deque[OutboxRow] = field(default_factory=deque)

    def catch_up(self, *, shard: int) -> None:
        """Read the shard's outbox from its start; what is queued of it is there, too."""
        self._purge(shard)
        self._lines[shard] = Line()

    def replay(self, *, shard: int, since: datetime) -> None:
        """Read the shard's log since a time, and its outbox afterwards."""
        if shard in self._lines:
            self._purge(shard)
            self._lines[shard] = Line(mode=Mode.REPLAY, since=since)

    def drop(self, *, shard: int) -> None:
        """Forget a shard: another process sends for it."""
        self._lines.pop(shard, None)
        self._purge(shard)

    def doubt(self, *, shards: Iterable[int]) -> None:
        """Catch up with those of these shards that are here."""
        for shard in shards:
            if shard in self._lines:
                self.catch_up(shard=shard)

    def offer(self, *, row: OutboxRow) -> None:
        """Queue a row just committed, or leave it to the outbox."""
        line = self._lines.get(row.row.shard)
        if line is None:
            return
        if line.mode is not Mode.MEMORY:
            line.marked = True
        elif len(self._queue) >= self.full:
            self.catch_up(shard=row.row.shard)
        else:
            self._queue.append(row)

    def take(self, *, most: int) -> list[OutboxRow]:
        """Return queued rows, in the order of their commits."""
        return [self._queue.popleft() for _ in range(min(most, len(self._queue)))]

    def is_current(self, *, shard: int, line: Line) -> bool:
        """Return whether the shard still has this line: it is replaced whenever reading begins anew."""
        return self._lines.get(shard) is line

    def reading(self) -> list[tuple[int, Line]]:
        """Return the lines that read from the database."""
        return [(shard, line) for shard, line in self._lines.items() if line.mode is not Mode.MEMORY]

    def modes(self) -> dict[int, str]:
        """Return the mode of each shard."""
        return {shard: line.mode.value for shard, line in sorted(self._lines.items())}

    def __len__(self) -> int:
        return len(self._queue)

    def _purge(self, shard: int) -> None:
        if any(row.row.shard == shard for row in self._queue):
            self._queue = deque(row for row in self._queue if row.row.shard != shard)
