"""Coupons, red packets and points are locked, spent and given back to the cent."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.testing import MONDAY, Bench
from chassis.verdicts import Verdict
from contracts import tenders as t
from contracts.values import TenderAmount
from payment.domain.kinds import TENDER
from payment.domain.tenders import Tender
from services.payment.tests.examples import (
    ORDER,
    accounts,
    bench,
    lock,
    names,
    only,
    reconciled,
    release,
    settle,
    tender,
)


def found(on: Bench, tender_id: str = "coupon-1") -> tuple[int, int, int]:
    """Return what is available, locked and consumed of a tender."""
    stored = on.aggregate(TENDER, tender_id)
    assert stored is not None
    return stored.available, stored.locked, stored.consumed


def spent(on: Bench, **changes: Any) -> None:
    """Let a coupon of 500 pay 300 of a reconciled order."""
    on.send(tender(**changes))
    on.send(lock(("coupon-1", 300)))
    reconciled(on)


def test_issued_tender_is_available() -> None:
    """A tender comes into being whole."""
    on = bench()
    assert t.TenderIssuedV1(tender_id="coupon-1", customer_id="ann", kind="coupon", currency="EUR", amount=500) == only(
        on.send(tender())
    )
    assert (500, 0, 0) == found(on)


def test_tender_is_issued_once() -> None:
    """The same tender again is a duplicate, also after some of it was spent."""
    on = bench()
    spent(on)
    assert ("duplicate", ["TenderIssued"]) == ((again := on.send(tender())).outcome, names(again))
    assert (200, 0, 300) == found(on)


def test_tender_id_with_other_figures_is_poison() -> None:
    """The id of a tender stands for one tender."""
    on = bench()
    on.send(tender())
    assert Verdict.DEAD == on.send(tender(amount=501)).verdict
    assert (500, 0, 0) == found(on)


def test_lock_sets_aside() -> None:
    """A locked amount is neither available nor consumed."""
    on = bench()
    on.send(tender())
    locked = TenderAmount(tender_id="coupon-1", amount=300)
    assert t.TendersLockedV1(order_id=ORDER, tenders=(locked,)) == only(on.send(lock(("coupon-1", 300))))
    assert (200, 300, 0) == found(on)


def test_lock_twice_locks_once() -> None:
    """A repeated lock is answered like the first."""
    on = bench()
    on.send(tender())
    on.send(lock(("coupon-1", 300)))
    assert ("duplicate", ["TendersLocked"]) == ((again := on.send(lock(("coupon-1", 300)))).outcome, names(again))
    assert (200, 300, 0) == found(on)


def test_second_lock_with_other_tenders_is_refused() -> None:
    """An order locks its tenders once."""
    on = bench()
    on.send(tender())
    on.send(lock(("coupon-1", 300)))
    assert "already_used_by_order" == only(on.send(lock(("coupon-1", 200)))).model_dump()["reason"]


def test_one_bad_tender_locks_none() -> None:
    """All or nothing: the good tender stays available when the other is refused."""
    on = bench()
    on.send(tender())
    refused = only(on.send(lock(("coupon-1", 300), ("nobody", 1))))
    assert t.TendersRefusedV1(order_id=ORDER, reason="unknown", tender_id="nobody", available=0) == refused
    assert (500, 0, 0) == found(on)


@pytest.mark.parametrize(
    "issued, wanted, customer_id, reason",
    [
        ({}, 501, "ann", "spent"),
        ({}, 100, "bob", "another_customers"),
        ({"currency": "USD"}, 100, "ann", "wrong_currency"),
        ({"valid_until": MONDAY}, 100, "ann", "expired"),
    ],
)
def test_tender_that_cannot_be_used_is_refused(
    issued: dict[str, Any], wanted: int, customer_id: str, reason: str
) -> None:
    """Spent, another's, of another currency or expired: the reason is named."""
    on = bench()
    on.send(tender(**issued))
    assert reason == only(on.send(lock(("coupon-1", wanted), customer_id=customer_id))).model_dump()["reason"]


def test_tender_is_valid_until_its_last_moment() -> None:
    """A tender that ends a second from now can still be locked."""
    on = bench()
    on.send(tender(valid_until=MONDAY + timedelta(seconds=1)))
    assert ["TendersLocked"] == names(on.send(lock(("coupon-1", 500))))


def test_same_tender_twice_counts_twice() -> None:
    """Two parts of one tender cannot exceed it together."""
    on = bench()
    on.send(tender())
    assert ["TendersRefused"] == names(on.send(lock(("coupon-1", 300), ("coupon-1", 201))))


def test_last_coupon_goes_to_one_order_of_a_batch() -> None:
    """Two orders in one batch cannot lock the same money."""
    on = bench()
    on.send(tender())
    other = lock(("coupon-1", 300)).model_copy(update={"order_id": "0f9619ff-8b86-5011-b42d-00c04fc964ff"})
    assert ["TendersLocked", "TendersRefused"] == names(on.send(lock(("coupon-1", 300)), other))


def test_locked_tender_is_given_back() -> None:
    """A cancelled order returns what it had locked, and nothing is booked."""
    on = bench()
    on.send(tender())
    on.send(lock(("coupon-1", 300)))
    given = TenderAmount(tender_id="coupon-1", amount=300)
    assert t.TendersReleasedV1(order_id=ORDER, cause="cancelled", tenders=(given,)) == only(on.send(release()))
    assert ((500, 0, 0), {}) == (found(on), accounts(on))


def test_consumed_tender_is_given_back_and_booked() -> None:
    """A refunded order returns what it had spent."""
    on = bench()
    spent(on)
    on.send(release())
    assert (500, 0, 0) == found(on)
    assert "TENDER:COUPON" not in accounts(on)


def test_release_is_obeyed_once_per_cause() -> None:
    """The same cause again gives nothing more and gets the same answer."""
    on = bench()
    spent(on)
    first = on.send(release("r1", ("coupon-1", 100)))
    again = on.send(release("r1", ("coupon-1", 100)))
    assert ("duplicate", first.emitted) == (again.outcome, again.emitted)
    assert (300, 0, 200) == found(on)


def test_parts_given_back_are_exact_and_never_more_than_was_spent() -> None:
    """Partial give-backs add up to what the order had, and not to a cent more."""
    on = bench()
    spent(on)
    on.send(release("r1", ("coupon-1", 100)))
    on.send(release("r2", ("coupon-1", 150)))
    last = only(on.send(release("r3", ("coupon-1", 100))))
    assert (TenderAmount(tender_id="coupon-1", amount=50),) == getattr(last, "tenders", None)
    assert (500, 0, 0) == found(on)


def test_coupon_that_is_issued_whole_only_waits_for_its_last_part() -> None:
    """By policy a coupon comes back when all that it paid for was cancelled, and then at once."""
    on = bench()
    spent(on, reissue_whole_only=True)
    first = only(on.send(release("r1", ("coupon-1", 299))))
    assert () == getattr(first, "tenders", None)
    assert (200, 0, 300) == found(on)
    on.send(release("r2", ("coupon-1", 1)))
    assert (500, 0, 0) == found(on)


def test_tender_of_another_order_is_not_given_back() -> None:
    """A tender that the order never had is left out."""
    on = bench()
    spent(on)
    assert () == getattr(only(on.send(release("r1", ("other", 5)))), "tenders", None)


def test_order_without_anything_to_pay_spends_its_tenders_when_it_is_settled() -> None:
    """Tenders of an order that no payment was asked for are consumed by its settlement."""
    on = bench()
    on.send(tender())
    on.send(lock(("coupon-1", 500)))
    assert ["OrderSettled"] == names(on.send(settle(parts=())))
    assert (0, 0, 500) == found(on)


def test_issued_is_the_sum_of_all_three() -> None:
    """Available, locked and consumed are what was issued."""
    one = Tender(tender_id="x", customer_id="ann", kind="coupon", currency="EUR", available=1, locked=2, consumed=3)  # type: ignore[arg-type]  # a StrEnum equals its text
    assert 6 == one.issued
