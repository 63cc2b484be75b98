"""The aggregates of one batch, with the changes of the messages decided so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from chassis.decision import Kind, Save
from chassis.routes import Ref
from chassis.store.values import Saved, Stored

A = TypeVar("A")


class NotLoaded(Exception):
    """Handlers asked for aggregates that nobody had named; they are loaded and the batch is decided again."""

    def __init__(self, refs: Iterable[Ref]) -> None:
        self.refs = tuple(refs)
        super().__init__(", ".join(f"{kind.name} {key}" for kind, key in self.refs))


class BatchView:
    """The view that handlers see: what does not exist is None, what nobody asked for is NotLoaded."""

    def __init__(self, *, wanted: Iterable[Ref], loaded: Mapping[Ref, Stored | None]) -> None:
        self._stored: dict[Ref, Stored | None] = {}
        self._now: dict[Ref, Any] = {}
        self._changed: dict[Ref, None] = {}
        self.add(wanted=wanted, loaded=loaded)

    def add(self, *, wanted: Iterable[Ref], loaded: Mapping[Ref, Stored | None]) -> None:
        """Let these be seen, too."""
        for ref in wanted:
            stored = self._stored[ref] = loaded.get(ref)
            self._now[ref] = None if stored is None else stored.aggregate

    def get(self, kind: Kind[A], key: str) -> A | None:
        """Return the aggregate as the batch has it so far."""
        try:
            found: A | None = self._now[kind, key]
        except KeyError:
            raise NotLoaded([(kind, key)]) from None
        return found

    def find(self, kind: Kind[A], keys: list[str]) -> list[A]:
        """Return those that exist, in the order of the keys."""
        missing = [(kind, key) for key in keys if (kind, key) not in self._now]
        if missing:
            raise NotLoaded(missing)
        return [found for key in keys if (found := self._now[kind, key]) is not None]

    def missing(self, saves: Iterable[Save]) -> list[Ref]:
        """Return what is saved without having been loaded: its version is not known."""
        return [(save.kind, save.key) for save in saves if (save.kind, save.key) not in self._now]

    def apply(self, saves: Iterable[Save]) -> None:
        """Let the messages that follow see these changes."""
        for save in saves:
            self._now[save.kind, save.key] = save.aggregate
            self._changed[save.kind, save.key] = None

    def saved(self) -> tuple[Saved, ...]:
        """Return what the batch changed: one row per aggregate, however many messages changed it."""
        return tuple(self._saved(ref) for ref in self._changed)

    def _saved(self, ref: Ref) -> Saved:
        stored = self._stored[ref]
        kind, key = ref
        return Saved(
            kind=kind,
            key=key,
            version=1 if stored is None else stored.version + 1,
            before=None if stored is None else stored.aggregate,
            after=self._now[ref],
        )
