"""Defects of the payment service: money believed, kept, given back or forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

import payment.handlers.facts
import payment.handlers.gate
import payment.handlers.refunds
import payment.handlers.requests
import payment.handlers.settlement
import payment.handlers.tenders
from chassis.decision import Context, Decision, View
from chassis.gateway import Ask, Reply
from payment.domain import gate
from payment.domain.kinds import PAYMENT
from payment.domain.tenders import Hold, Tender
from payment.domain.values import Channel, Class, Fact, Why
from payment.gateway import HttpChannel
from payment.handlers.change import Change
from payment.handlers.unwanted import return_unwanted
from simulation.mutants.rerouting import Handler, reroute


def gate_skipped(patch: pytest.MonkeyPatch) -> None:
    """A capture that a notice tells of is proven money: the channel's own record is not fetched."""

    def believe(change: Change) -> None:
        change.set(asked=change.payment.asked + 1)
        payment.handlers.gate.decide(change, change.payment.captures)

    patch.setattr(payment.handlers.facts, "ask_channel", believe)


def record_not_compared(patch: pytest.MonkeyPatch) -> None:
    """The gate fetches the channel's record and does not hold it against what the notices said."""
    patch.setattr(gate, "_difference", lambda **_given: None)


def underpaid_accepted(patch: pytest.MonkeyPatch) -> None:
    """A payment passes whatever was paid."""
    _judging(patch, lambda *_given: gate.Judgement(classified=Class.MATCHED))


def excess_kept(patch: pytest.MonkeyPatch) -> None:
    """What was paid twice or too much is kept."""
    judge = gate.judge
    _judging(patch, lambda payment_, record: replace(judge(payment=payment_, record=record), excess=()))


def overpaid_kept(patch: pytest.MonkeyPatch) -> None:
    """A second payment goes back; what one payment has too much is kept."""
    judge = gate.judge

    def doubled_only(payment_: Any, record: Sequence[Fact]) -> gate.Judgement:
        found = judge(payment=payment_, record=record)
        return replace(found, excess=tuple(each for each in found.excess if each.why is Why.DOUBLE))

    _judging(patch, doubled_only)


def late_capture_ignored(patch: pytest.MonkeyPatch) -> None:
    """Money that comes for a payment that has ended is neither booked nor sent back."""
    patch.setattr(payment.handlers.facts, "doubt", lambda *_given: None)


def late_notice_believed(patch: pytest.MonkeyPatch) -> None:
    """Money that a notice tells of too late is sent back without asking the channel whether it is there."""
    patch.setattr(
        payment.handlers.facts,
        "doubt",
        lambda change, fact, _attempt: return_unwanted(change, fact),
    )


def refund_without_cap(patch: pytest.MonkeyPatch) -> None:
    """A refund is paid however much was refunded before."""
    refusal = payment.handlers.refunds._refusal

    def lenient(payment_: Any, command: Any) -> str:
        found = refusal(payment_, command)
        return "" if found == "more_than_is_left" else found

    patch.setattr(payment.handlers.refunds, "_refusal", lenient)


def refund_paid_anew_on_time_out(patch: pytest.MonkeyPatch) -> None:
    """A refund whose answer was lost is sent again under another key, instead of asking for the same one."""
    refund = HttpChannel.refund

    async def again(channel: HttpChannel, ask: Ask) -> Reply:
        data = {**ask.data, "refund_id": f"{ask.data['refund_id']}-again"} if ask.again else ask.data
        return await refund(channel, replace(ask, data=data))

    patch.setattr(HttpChannel, "refund", again)


def refund_id_paid_again(patch: pytest.MonkeyPatch) -> None:
    """A refund that is asked for again is paid again from the stored balance."""
    again = payment.handlers.refunds._again

    def forgetful(payment_: Any, before: Any, command: Any) -> Decision:
        if before.channel is not Channel.BALANCE:
            return again(payment_, before, command)
        raise _Forgotten

    def handler_of(handler: Handler) -> Handler:
        def refund(command: Any, view: View, context: Context) -> Decision:
            try:
                return handler(command, view, context)
            except _Forgotten:
                return handler(replace(command, refund_id=f"{command.refund_id}-2"), view, context)

        return refund

    patch.setattr(payment.handlers.refunds, "_again", forgetful)
    reroute(patch, "payment.refund-payment.v1", handler_of)


def settled_twice(patch: pytest.MonkeyPatch) -> None:
    """A settlement that is asked for again is booked again."""

    def forgetful(handler: Handler) -> Handler:
        def settle(command: Any, view: View, context: Context) -> Decision:
            known = view.get(PAYMENT, command.order_id)
            again = known is not None and any(each.id == command.settlement_id for each in known.settlements)
            return handler(
                replace(command, settlement_id=f"{command.settlement_id}-2") if again else command,
                view,
                context,
            )

        return settle

    reroute(patch, "payment.settle-order.v1", forgetful)


def spent_tenders_given_back_as_locked(patch: pytest.MonkeyPatch) -> None:
    """A tender that was spent is given back from what is locked."""
    give_back = Tender.give_back
    patch.setattr(Tender, "give_back", lambda tender, **given: give_back(tender, **{**given, "consumed": False}))


def spent_tender_locked_again(patch: pytest.MonkeyPatch) -> None:
    """A tender is locked without looking at what is left of it."""
    patch.setattr(Tender, "refusal", lambda _tender, **_given: "")


def tender_release_without_memory(patch: pytest.MonkeyPatch) -> None:
    """A release of tenders does not note what of them was asked back before."""
    patch.setattr(
        Hold,
        "ask_back",
        lambda hold, *, amount: (hold, hold.amount if amount is None else amount),
    )


def refused_refund_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A channel that cannot be reached has refused."""

    def guess(call: Any) -> Any:
        async def guessing(channel: HttpChannel, ask: Ask) -> Reply:
            try:
                reply: Reply = await call(channel, ask)
            except (OSError, httpx.HTTPError) as error:
                return Reply.no({"reason": repr(error)})
            return reply

        return guessing

    for name in ("create", "refund"):
        patch.setattr(HttpChannel, name, guess(getattr(HttpChannel, name)))


class _Forgotten(Exception):
    pass


def _judging(patch: pytest.MonkeyPatch, judge: Any) -> None:
    for module in (payment.handlers.gate, payment.handlers.requests):
        patch.setattr(module, "judge", lambda *, payment, record: judge(payment, record))
