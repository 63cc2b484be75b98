"""Hooks by which a test breaks the in-memory store."""

from __future__ import annotations

from chassis.store.values import Changes, Written


class Faults:
    """Where a simulation breaks the store: each hook may raise what the real one would. This one never does."""

    def loading(self) -> None:
        """Run before aggregates are read; may raise Unavailable."""

    def writing(self, _changes: Changes) -> None:
        """Run after the decision and before anything is stored; may raise any StoreError: nothing happened."""

    def committed(self, _written: Written) -> None:
        """Run after everything is stored; may raise UnknownOutcome: it happened, and nobody was told."""
