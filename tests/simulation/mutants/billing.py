"""Defects of the billing service: documents twice, numbers with gaps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import billing.handlers
from billing.domain.credits import Bill, asked_of
from billing.domain.kinds import BILL
from billing.domain.numbers import CREDIT_SERIES, Number, Sequence
from chassis.decision import Context, Decision, View
from simulation.mutants.rerouting import Handler, reroute


def number_drawn_and_left(patch: pytest.MonkeyPatch) -> None:
    """A credit note draws a number for its draft, and another one when it is issued."""
    draw = Sequence.draw

    def twice(sequence: Sequence, *, year: int) -> tuple[Sequence, Number]:
        drafts = sequence.series in CREDIT_SERIES.values()
        return draw(draw(sequence, year=year)[0] if drafts else sequence, year=year)

    patch.setattr(Sequence, "draw", twice)


def number_drawn_from_memory(patch: pytest.MonkeyPatch) -> None:
    """Numbers are counted in memory: what was decided and never committed has drawn one."""
    last: dict[str, Sequence] = {}
    draw = Sequence.draw

    def from_memory(sequence: Sequence, *, year: int) -> tuple[Sequence, Number]:
        known = last.get(sequence.key, sequence)
        last[sequence.key], number = draw(known, year=year)
        return last[sequence.key], number

    patch.setattr(Sequence, "draw", from_memory)


def credited_twice(patch: pytest.MonkeyPatch) -> None:
    """A credit note that is asked for again is written again, as long as something is left."""
    patch.setattr(Bill, "credit", lambda _bill, **_given: None)


def invoice_answered_otherwise(patch: pytest.MonkeyPatch) -> None:
    """An invoice that is asked for again is refused, since there is one."""

    def forgetful(handler: Handler) -> Handler:
        def issue(command: Any, view: View, context: Context) -> Decision:
            if view.get(BILL, command.sub_order_id) is None:
                return handler(command, view, context)
            return billing.handlers._refuse(command, "invoiced_already", "there is one")

        return issue

    reroute(patch, "billing.issue-invoice.v1", forgetful)


def credited_in_full(patch: pytest.MonkeyPatch) -> None:
    """A credit note for a part of an invoice takes back all of it."""
    everything = {"lines": (), "freight": 0}
    patch.setattr(
        billing.handlers,
        "asked_of",
        lambda *, bill, command: asked_of(bill=bill, command=replace(command, **everything)),
    )
