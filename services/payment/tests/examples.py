"""One order, its customer and its money, as the tests of payment know them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from chassis.testing import MONDAY, Bench, Happened
from contracts import payment as p
from contracts import tenders as t
from contracts.values import Contract, MerchantPart, TenderAmount
from payment.consumers import ROUTES
from payment.domain.kinds import EXCEPTION, PAYMENT, POSTING
from payment.domain.payment import Payment
from payment.publishers import PUBLISH

ORDER = "6f9619ff-8b86-5011-b42d-00c04fc964ff"
ATTEMPT = f"{ORDER}-1"
DUE = 10_000
DEADLINE = MONDAY + timedelta(hours=24)
PARTS = (
    MerchantPart(merchant_id="apple-farm", goods=6_000, commission=600, freight=500, tax=0),
    MerchantPart(merchant_id="bear-toys", goods=3_000, commission=150, freight=300, tax=200),
)
FARM = MerchantPart(merchant_id="apple-farm", goods=2_000, commission=200, freight=0, tax=0)


def bench() -> Bench:
    """Return the payment service on a bench."""
    return Bench(service="payment", routes=ROUTES, publisher=PUBLISH)


def request(**changes: Any) -> p.RequestPaymentV1:
    """Return a request for the whole due."""
    fields = {
        "order_id": ORDER,
        "customer_id": "ann",
        "channel": "card",
        "currency": "EUR",
        "amount": DUE,
        "deadline": DEADLINE,
        "parts": PARTS,
    }
    return p.RequestPaymentV1.model_validate({**fields, **changes})


def notice(reference: str = "cap-1", amount: int = DUE, **changes: Any) -> p.RecordChannelFactV1:
    """Return the channel's word that it has taken money."""
    fields = {
        "order_id": ORDER,
        "attempt_id": ATTEMPT,
        "channel": "card",
        "fact": "captured",
        "reference": reference,
        "currency": "EUR",
        "amount": amount,
        "occurred_at": MONDAY,
    }
    return p.RecordChannelFactV1.model_validate({**fields, **changes})


def refund(refund_id: str = f"{ORDER}-r1", part: MerchantPart = FARM, amount: int | None = None) -> p.RefundPaymentV1:
    """Return the order's wish to pay a part back."""
    total = part.goods + part.freight + part.tax
    return p.RefundPaymentV1(
        refund_id=refund_id,
        order_id=ORDER,
        amount=total if amount is None else amount,
        parts=(part,),
        reason="cancelled",
    )


def cancel(reason: str = "timed_out") -> p.CancelPaymentV1:
    """Return the order's wish to close the request."""
    return p.CancelPaymentV1(order_id=ORDER, reason=reason)


def settle(settlement_id: str = f"{ORDER}-t1", parts: Iterable[MerchantPart] = PARTS) -> p.SettleOrderV1:
    """Return the word that goods were received."""
    return p.SettleOrderV1(settlement_id=settlement_id, order_id=ORDER, parts=tuple(parts))


def statement_line(reference: str = "cap-1", amount: int = DUE, **changes: Any) -> p.RecordStatementLineV1:
    """Return a line of the card channel's statement."""
    fields = {
        "statement_id": "card-monday",
        "line_number": 1,
        "order_id": ORDER,
        "attempt_id": ATTEMPT,
        "channel": "card",
        "kind": "capture",
        "reference": reference,
        "currency": "EUR",
        "amount": amount,
        "booked_at": MONDAY,
    }
    return p.RecordStatementLineV1.model_validate({**fields, **changes})


def tender(tender_id: str = "coupon-1", amount: int = 500, **changes: Any) -> t.IssueTenderV1:
    """Return a coupon for Ann."""
    fields = {
        "tender_id": tender_id,
        "customer_id": "ann",
        "kind": "coupon",
        "currency": "EUR",
        "amount": amount,
    }
    return t.IssueTenderV1.model_validate({**fields, **changes})


def lock(*tenders: tuple[str, int], customer_id: str = "ann") -> t.LockTendersV1:
    """Return the order's wish to lock tenders."""
    wanted = tuple(TenderAmount(tender_id=tender_id, amount=amount) for tender_id, amount in tenders)
    return t.LockTendersV1(order_id=ORDER, customer_id=customer_id, currency="EUR", tenders=wanted)


def release(cause: str = "cancelled", *tenders: tuple[str, int]) -> t.ReleaseTendersV1:
    """Return the order's wish to give tenders back."""
    given = tuple(TenderAmount(tender_id=tender_id, amount=amount) for tender_id, amount in tenders)
    return t.ReleaseTendersV1(order_id=ORDER, cause=cause, tenders=given)


def top_up(top_up_id: str = "top-1", amount: int = DUE) -> t.TopUpBalanceV1:
    """Return stored value for Ann."""
    return t.TopUpBalanceV1(top_up_id=top_up_id, customer_id="ann", currency="EUR", amount=amount)


def captures(*taken: tuple[str, int], currency: str = "EUR", at: datetime = MONDAY) -> dict[str, Any]:
    """Return the channel's record of the first attempt as the answer to a query."""
    facts = [
        {
            "kind": "captured",
            "reference": reference,
            "attempt_id": ATTEMPT,
            "currency": currency,
            "amount": amount,
            "occurred_at": at.isoformat(),
        }
        for reference, amount in taken
    ]
    return {"verdict": "yes", "captures": facts}


def requested(on: Bench, **changes: Any) -> Happened:
    """Let the card payment be ready to be paid."""
    on.send(request(**changes))
    return on.answer_call(ATTEMPT, {"verdict": "yes", "pay_url": "https://pay.example/1"})


def asked(on: Bench, *taken: tuple[str, int], currency: str = "EUR") -> Happened:
    """Answer the latest question with these captures."""
    number = payment(on).asked
    return on.answer_call(f"{ATTEMPT}:query:{number}", captures(*taken, currency=currency))


def believed(on: Bench, reference: str, amount: int = DUE) -> Happened:
    """Let the channel's record have a capture that nobody wants, when it is asked for it."""
    return on.answer_call(f"{ATTEMPT}:doubt:{reference}", captures((reference, amount)))


def reconciled(on: Bench, **changes: Any) -> Happened:
    """Let the card payment be paid and pass the gate."""
    requested(on, **changes)
    on.send(notice())
    return asked(on, ("cap-1", DUE))


def refund_answered(on: Bench, refund_id: str, verdict: str = "yes") -> Happened:
    """Answer a refund call."""
    return on.answer_call(refund_id, {"verdict": verdict, "reference": f"back-{refund_id}"})


def payment(on: Bench) -> Payment:
    """Return the payment of the order."""
    found = on.aggregate(PAYMENT, ORDER)
    assert found is not None
    return found


def accounts(on: Bench, currency: str = "EUR") -> dict[str, int]:
    """Return the balance of each account that is not zero."""
    sums: dict[str, int] = {}
    for posting in on.rows(POSTING):
        if posting.currency == currency:
            sums[posting.account] = sums.get(posting.account, 0) + posting.amount
    return {account: amount for account, amount in sorted(sums.items()) if amount}


def exceptions(on: Bench) -> list[tuple[str, bool]]:
    """Return class and openness of each exception."""
    found = [each.aggregate for (kind, _), each in on.store.aggregates.items() if kind is EXCEPTION]
    return [(str(each.classified), each.resolved_at is None) for each in found]


def names(happened: Happened) -> list[str]:
    """Return the names of what was told to others."""
    return [type(each).__name__.removesuffix("V1") for each in happened.emitted]


def only(happened: Happened) -> Contract:
    """Return the only thing that was told to others."""
    (emitted,) = happened.emitted
    return emitted
