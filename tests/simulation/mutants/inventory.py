"""Defects of the inventory service: stock sold twice, given back twice or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

import inventory.handlers.commit
import inventory.handlers.reserve
from chassis.decision import Context, Decision, View
from inventory.domain import sourcing
from inventory.domain.carving import Piece, Wanted
from inventory.domain.events import StockRefused
from inventory.domain.kinds import RESERVATION
from inventory.domain.stock import MovementKind, Stock
from inventory.handlers.shelf import Shelf
from simulation.mutants.rerouting import Handler, reroute


def promised_units_sold(patch: pytest.MonkeyPatch) -> None:
    """What is reserved counts as available."""
    patch.setattr(Stock, "available", lambda stock, **_given: max(0, stock.on_hand - stock.safety))


def lapsed_hold_given_back_again(patch: pytest.MonkeyPatch) -> None:
    """A hold whose minute was swept is given back once more by its own timer or release."""

    def give_back(shelf: Shelf, *, kind: MovementKind, sku: str, warehouse_id: str, quantity: int, ends: Any) -> bool:
        row = shelf.row(sku=sku, warehouse_id=warehouse_id)
        if ends is not None and row.counts(ends=ends):
            shelf._hold(sku, warehouse_id, ends, -quantity)
        shelf._move(kind, sku, warehouse_id, quantity)
        return True

    patch.setattr(Shelf, "give_back", give_back)


def stock_at_payment_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """What is deducted at payment is taken as it was planned, whether it is still there or not."""

    def sourced(*, view: View, region: str, lines: Sequence[Any], shelf: Shelf) -> sourcing.Sourced:
        known = [line.wanted for line in lines]
        return sourcing.Sourced(pieces=tuple(Piece(each.line_id, each.sku, "w2", each.quantity) for each in known))

    patch.setattr(inventory.handlers.commit, "sourced", sourced)


def release_obeyed_twice(patch: pytest.MonkeyPatch) -> None:
    """A release that is asked for again gives back once more."""

    def forgetful(handler: Handler) -> Handler:
        def release(command: Any, view: View, context: Context) -> Decision:
            return handler(replace(command, cause=f"{command.cause}/{context.message_id}"), view, context)

        return release

    reroute(patch, "inventory.release-stock.v1", forgetful)


def reservation_answered_otherwise(patch: pytest.MonkeyPatch) -> None:
    """A reservation that is asked for again is refused, since the order has one."""

    def forgetful(handler: Handler) -> Handler:
        def reserve(command: Any, view: View, context: Context) -> Decision:
            if view.get(RESERVATION, command.order_id) is None:
                return handler(command, view, context)
            return Decision(emits=(StockRefused(command.order_id, "known_already", ()),), outcome="rejected")

        return reserve

    reroute(patch, "inventory.reserve-stock.v1", forgetful)


def movement_not_written(patch: pytest.MonkeyPatch) -> None:
    """A dispatch takes the goods off the counters and writes no movement."""
    decision = Shelf.decision

    def silent(shelf: Shelf) -> Decision:
        made = decision(shelf)
        kept = tuple(row for row in made.rows if row.row.kind is not MovementKind.DISPATCH)
        return replace(made, rows=kept)

    patch.setattr(Shelf, "decision", silent)


def lines_sourced_one_by_one(patch: pytest.MonkeyPatch) -> None:
    """Two lines of one sku may each have all of it."""
    shortages = sourcing._shortages

    def alone(*, wanted: Sequence[Wanted], eligible: Any, free: Any) -> tuple[sourcing.Shortage, ...]:
        return tuple(found for line in wanted for found in shortages(wanted=[line], eligible=eligible, free=free))

    patch.setattr(sourcing, "_shortages", alone)


def cap_of_a_customer_ignored(patch: pytest.MonkeyPatch) -> None:
    """A customer may take more of a scarce sku than one customer may."""
    patch.setattr(inventory.handlers.reserve, "over_cap", lambda **_given: ())
