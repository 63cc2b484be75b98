"""Whatever happens to a payment, in whatever order, the ledger adds up and knows where the money is."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.testing import Bench
from contracts.values import MerchantPart
from payment.domain.states import PaymentState
from payment.domain.values import RefundState
from services.payment.tests.examples import (
    ORDER,
    accounts,
    bench,
    cancel,
    captures,
    lock,
    notice,
    payment,
    refund,
    release,
    request,
    settle,
    tender,
)

ACTIONS = ("pay", "notice", "answer", "refuse", "cancel", "refund", "settle", "release", "day", "again", "lie")
AMOUNTS = (10_000, 4_000, 6_000, 10_050, 1)


class World:
    """A payment and the channel that it is paid by: the channel's record, and what notices told of it."""

    def __init__(self) -> None:
        self.on: Bench = bench()
        self.taken: list[tuple[str, int]] = []
        self.refunds = 0
        self.on.send(tender())
        self.on.send(lock(("coupon-1", 300)))
        self.on.send(request())

    def act(self, action: str, number: int) -> None:
        """Let one thing happen."""
        amount = AMOUNTS[number % len(AMOUNTS)]
        match action:
            case "pay":
                self.taken.append((f"cap-{len(self.taken)}", amount))
            case "notice" if self.taken:
                reference, paid = self.taken[number % len(self.taken)]
                self.on.send(notice(reference, paid))
            case "lie":
                self.on.send(notice(f"lie-{number}", amount))
            case "answer" | "refuse":
                self._answer(number, verdict="yes" if action == "answer" else "no")
            case "cancel" | "again":
                self.on.send(cancel() if action == "cancel" else request())
            case "refund":
                self.refunds += 1
                self.on.send(refund(f"{ORDER}-r{self.refunds}", _part(amount)))
            case "settle":
                self.on.send(settle(f"{ORDER}-t{number % 3}", (_part(1_000),)))
            case "release":
                self.on.send(release(f"cause-{number % 4}", ("coupon-1", 70)))
            case "day":
                self.on.advance(timedelta(hours=25))
            case _:
                pass

    def _answer(self, number: int, *, verdict: str) -> None:
        calls = sorted(self.on.calls())
        if not calls:
            return
        task = self.on.calls()[calls[number % len(calls)]]
        answers = {
            "create": {"verdict": verdict},
            "query": captures(*self.taken),
            "close": {"verdict": "no" if self.taken else "yes"},
            "refund": {"verdict": verdict, "reference": f"back-{task.id}"},
        }
        self.on.answer_call(task.id, answers[task.name])


def _part(amount: int) -> MerchantPart:
    return MerchantPart(merchant_id="apple-farm", goods=amount, commission=amount // 10, freight=0, tax=0)


def check(on: Bench) -> None:
    """Assert what holds of every payment at every moment."""
    found, books = payment(on), accounts(on)
    assert [] == on.dead_letters()
    assert 0 == sum(books.values())
    in_cash = books.get("CASH", 0) + books.get("CASH_IN_TRANSIT", 0)
    assert found.captured - found.refunded == in_cash
    assert {f"ESCROW:{merchant}": -left for merchant, left in found.escrow if left} == {
        account: amount for account, amount in books.items() if account.startswith("ESCROW")
    }
    assert -found.in_flight == books.get("REFUND_PAYABLE", 0)
    assert 0 <= found.refundable
    assert (found.state is PaymentState.MISMATCHED) == bool(books.get("SUSPENSE", 0))
    waiting = sum(fact.amount for fact in found.unreturned)
    if found.state not in {PaymentState.RECONCILED, PaymentState.MISMATCHED}:
        assert -waiting == books.get("CUSTOMER_PREPAID", 0)
    assert sum(hold.kept for hold in found.holds if hold.consumed) == books.get("TENDER:COUPON", 0)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 60)), max_size=25))
def test_ledger_adds_up_after_every_event(story: list[tuple[str, int]]) -> None:
    """After each event all sums are zero, and cash, escrow and refunds are where the payment says."""
    world = World()
    for action, number in story:
        world.act(action, number)
        check(world.on)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 60)), max_size=15))
def test_payment_comes_to_rest(story: list[tuple[str, int]]) -> None:
    """When the channel answers everything, no call waits and the payment is at an end or waits for the customer."""
    world = World()
    for action, number in story:
        world.act(action, number)
    world.act("cancel", 0)
    for _ in range(100):
        world.on.advance(timedelta(hours=25))
        for number in range(len(world.on.calls())):
            world.act("answer", number)
    ended = {PaymentState.RECONCILED, PaymentState.CANCELLED, PaymentState.RETURNING}
    assert {} == world.on.calls()
    assert payment(world.on).state in ended
    refused = any(each.state is RefundState.REFUSED for each in payment(world.on).refunds)
    assert refused or payment(world.on).state is not PaymentState.RETURNING
