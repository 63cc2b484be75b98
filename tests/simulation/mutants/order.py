"""Defects of the order service: steps, compensations and clocks of its sagas, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

import order.domain.split
import order.handlers.billing
import order.handlers.cancelling
import order.handlers.following
import order.handlers.paying
import order.handlers.placing
import order.handlers.shipping
from chassis.decision import Context, Decision, View
from chassis.saga import Move, Saga, Step
from money.runs import Units
from money.shares import share_of, whole_order
from money.waterfall import Priced
from order.domain import refunds
from order.domain.checkout import check
from order.domain.order import Lock, Terms
from order.domain.parts import divide_again, part_of
from order.handlers.checkout import told
from order.handlers.draft import Draft, open_order, unchanged
from order.saga import checkout_plan
from simulation.mutants.rerouting import Handler, reroute


def hold_kept_on_cancel(patch: pytest.MonkeyPatch) -> None:
    """A checkout that turns round does not release the stock that it holds."""
    _without_compensation(patch, "reserve_stock")


def payment_not_asked_before_cancelling(patch: pytest.MonkeyPatch) -> None:
    """At the deadline, or when a customer cancels, the order is called off without a word to payment."""
    _without_compensation(patch, "request_payment")


def tenders_kept_on_cancel(patch: pytest.MonkeyPatch) -> None:
    """A cancellation gives no tenders back."""
    _without_step(patch, order.handlers.cancelling, "cancellation_plan", "release_tenders")
    _without_step(patch, order.handlers.following, "cancellation_plan", "release_tenders")


def stock_kept_on_cancel(patch: pytest.MonkeyPatch) -> None:
    """A cancellation of what was intercepted gives no stock back."""
    _without_step(patch, order.handlers.cancelling, "cancellation_plan", "release_stock")
    _without_step(patch, order.handlers.following, "cancellation_plan", "release_stock")


def no_credit_note(patch: pytest.MonkeyPatch) -> None:
    """A parcel that comes back is paid back, and its invoice stands."""
    _without_step(patch, order.handlers.shipping, "closing_plan", "credit_note")


def step_without_clock(patch: pytest.MonkeyPatch) -> None:
    """A saga waits for a word without setting a clock."""
    keep = Draft.keep

    def keep_without(draft: Draft, key: str, move: Move) -> None:
        keep(draft, key, move)
        draft._timers.pop(f"{draft.order.order_id}/{key}", None)

    patch.setattr(Draft, "keep", keep_without)


def cancelled_although_paid(patch: pytest.MonkeyPatch) -> None:
    """Payment refuses to cancel, for the money is there, and the order takes that for cancelled."""

    def deaf(_handler: Handler) -> Handler:
        def refused(reply: Any, view: View, context: Context) -> Decision:
            draft = open_order(order_id=reply.order_id, view=view, context=context)
            key = order.handlers.paying._voiding(draft)
            if key is None:
                return unchanged(draft=draft)
            return told(draft, key, "payment_cancelled")

        return refused

    reroute(patch, "payment.cancel-refused.v1", deaf)


def interception_not_awaited(patch: pytest.MonkeyPatch) -> None:
    """What is cancelled after the split is paid back at once, without asking the warehouse what it can still stop."""
    begin = order.handlers.cancelling._begin

    def hasty(draft: Draft, wish: Lock) -> None:
        begin(draft, wish)
        if draft.order.sub_orders:
            parts = [part for part in draft.order.sub_orders if part.sub_order_id in wish.intercepting]
            draft._emits.clear()
            order.handlers.cancelling._give_back(draft, wish.saga, parts)

    patch.setattr(order.handlers.cancelling, "_begin", hasty)


def invoiced_before_captured(patch: pytest.MonkeyPatch) -> None:
    """Cash on delivery is invoiced when the parcel leaves, and not when the cash is there."""
    patch.setattr(order.handlers.billing, "_paid", lambda _draft: True)


def shipped_before_committed(patch: pytest.MonkeyPatch) -> None:
    """Shipments are created on the hold, and the stock is committed afterwards."""
    plan_of = checkout_plan

    def plan(*, terms: Terms) -> tuple[str, ...]:
        steps = plan_of(terms=terms)
        last = [step for step in ("create_shipments", "commit_stock") if step in steps]
        return (*(step for step in steps if step not in last), *last)

    patch.setattr(order.handlers.placing, "checkout_plan", plan)


def freight_on_each_part(patch: pytest.MonkeyPatch) -> None:
    """Each sub-order bears the whole freight of its merchant."""
    divided = divide_again

    def repeated(*, amount: int, policy: Any, nets: Sequence[int]) -> Sequence[int]:
        divided(amount=amount, policy=policy, nets=nets)
        return [amount for _ in nets]

    patch.setattr(order.domain.split, "divide_again", repeated)


def discount_spread_anew(patch: pytest.MonkeyPatch) -> None:
    """A refund spreads the tenders anew over the lines by price, not as it was agreed unit by unit."""

    def evenly(*, priced: Priced, units: Sequence[Units], freight: int = 0) -> Any:
        agreed = share_of(priced=priced, units=units, freight=freight)
        everything = whole_order(priced=priced)
        tenders = tuple(
            replace(each, amount=each.amount * agreed.net // everything.net if everything.net else 0)
            for each in everything.tenders
        )
        return replace(agreed, tenders=tenders)

    patch.setattr(refunds, "share_of", evenly)


def tenders_paid_out_as_money(patch: pytest.MonkeyPatch) -> None:
    """What was paid by coupons and points is refunded through the channel."""

    def in_cash(*, merchant_id: str, share: Any) -> Any:
        return part_of(merchant_id=merchant_id, share=replace(share, tenders=()))

    patch.setattr(refunds, "part_of", in_cash)


def missing_units_not_paid_back(patch: pytest.MonkeyPatch) -> None:
    """What the picker did not find is neither cut nor paid back."""

    def deaf(_handler: Handler) -> Handler:
        return lambda _fact, _view, _context: Decision()

    reroute(patch, "fulfillment.shipment-picked-short.v1", deaf)


def freight_of_a_cancelled_part_lost(patch: pytest.MonkeyPatch) -> None:
    """When one of a merchant's parts is cancelled its freight goes neither back nor to the others."""

    def forgetful(*, freights: Sequence[int], nets: Sequence[int], refused: Sequence[int]) -> list[int]:
        return [0 if number in refused or not nets else freight for number, freight in enumerate(freights)]

    patch.setattr(refunds, "rebook_freight", forgetful)


def figures_of_the_customer_not_compared(patch: pytest.MonkeyPatch) -> None:
    """An order is accepted although the customer agreed to another amount."""

    def lenient(*, command: Any, **given: Any) -> Any:
        quote = check(command=command, **given)
        if quote.priced is not None and not quote.accepted:
            quote = check(command=replace(command, due=quote.priced.due, freight=quote.priced.freight.amount), **given)
        return quote

    patch.setattr(order.handlers.placing, "check", lenient)


def _without_compensation(patch: pytest.MonkeyPatch, name: str) -> None:
    step_of = Saga.step

    def step(saga: Saga, *, name_: str) -> Step:
        found = step_of(saga, name=name_)
        return replace(found, compensation=None) if name_ == name else found

    patch.setattr(Saga, "step", lambda saga, *, name: step(saga, name_=name))


def _without_step(patch: pytest.MonkeyPatch, module: Any, plan: str, step: str) -> None:
    plan_of = getattr(module, plan)

    def shorter(**given: Any) -> tuple[str, ...]:
        return tuple(each for each in plan_of(**given) if each != step)

    patch.setattr(module, plan, shorter)
