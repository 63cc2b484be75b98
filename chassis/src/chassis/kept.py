"""The aggregates that this process wrote last: the next message of the same key needs them, and need not read them.

What is kept is what the database holds. While a process owns a shard, under one epoch, nobody else writes aggregates
that are keyed as their records are (``Kind.keyed``). Who has lost the shard cannot write upon what it kept: the fence.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chassis.message import shard_of
from chassis.routes import Ref
from chassis.store.values import Saved, Stored


@dataclass(frozen=True, slots=True)
class _Entry:
    epoch: int
    stored: Stored


class Kept:
    """Written aggregates with the epoch of the write, bounded: the oldest go first."""

    def __init__(self, *, size: int, shards: int) -> None:
        self._size = size
        self._shards = shards
        self._entries: OrderedDict[Ref, _Entry] = OrderedDict()

    def find(self, *, refs: Iterable[Ref], fence: Mapping[int, int]) -> dict[Ref, Stored]:
        """Return those that were written under the epoch that their shard has now."""
        found: dict[Ref, Stored] = {}
        for ref in refs:
            entry = self._entries.get(ref)
            if entry is not None and fence.get(shard_of(ref[1], self._shards)) == entry.epoch:
                found[ref] = entry.stored
        return found

    def remember(self, *, saves: Iterable[Saved], fence: Mapping[int, int]) -> None:
        """Keep what was committed under these epochs."""
        for save in saves:
            if save.kind.keyed:
                ref = (save.kind, save.key)
                epoch = fence[shard_of(save.key, self._shards)]
                self._entries[ref] = _Entry(epoch=epoch, stored=Stored(version=save.version, aggregate=save.after))
                self._entries.move_to_end(ref)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def forget(self, *, refs: Iterable[Ref]) -> None:
        """Let go what may have been written by somebody else, or by a write of unknown outcome."""
        for ref in refs:
            self._entries.pop(ref, None)
