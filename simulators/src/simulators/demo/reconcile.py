"""Holds what came out against what must come out, order by order and in total; sums are integers, money in cents."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simulators.demo.books import Books, Holdings
from simulators.shopper.customer import Lived
from simulators.shopper.expectation import Expected, Totals, expected_of, totals_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure as it must be, and as it was found."""

    what: str
    source: str
    expected: int
    found: int
    money: bool = False

    @property
    def agrees(self) -> bool:
        """Whether they are the same."""
        return self.expected == self.found


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """All figures, and each difference in words."""

    figures: tuple[Figure, ...]
    differences: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not self.differences and all(figure.agrees for figure in self.figures)


def reconcile(*, lived: Sequence[Lived], before: Holdings, books: Books) -> Reconciliation:
    """Compare the books with the plans; `before` is what there was before the first order, its stock received."""
    lived = [each.as_it_came for each in lived]
    totals = totals_of(lived=[(each.plan, each.paid) for each in lived])
    return Reconciliation(
        figures=(*_figures(lived, totals, books), *_ledger(totals, before, books), *_stock(totals, before, books)),
        differences=(*_order_differences(lived, books), *_stock_differences(totals, before, books)),
    )


def _figures(lived: Sequence[Lived], totals: Totals, books: Books) -> Iterator[Figure]:
    ids = [each.plan.order_id for each in lived]
    ends = Counter(books.orders.get(order_id, {}).get("state", "missing") for order_id in ids)
    for outcome in ("completed", "cancelled", "rejected", "closed"):
        yield Figure(what=f"orders {outcome}", source="order", expected=totals.outcomes[outcome], found=ends[outcome])
    yield from _money("taken from customers", totals.captured, books, ids, "captured")
    yield from _money("given back to customers", totals.refunded, books, ids, "refunded")
    invoiced, credited = (_sum(books.billing, ids, name) for name in ("invoiced", "credited"))
    yield Figure(what="invoiced", source="billing", expected=totals.invoiced, found=invoiced, money=True)
    yield Figure(what="credited", source="billing", expected=totals.credited, found=credited, money=True)
    spent = _sum(books.payment, ids, "tenders_held")
    yield Figure(what="coupons spent", source="payment", expected=totals.coupons_spent, found=spent, money=True)


def _money(what: str, expected: int, books: Books, ids: Sequence[str], name: str) -> Iterator[Figure]:
    bookings = books.captured if name == "captured" else books.refunded
    found = sum(bookings[order_id] for order_id in ids)
    yield Figure(what=what, source="provider", expected=expected, found=found, money=True)
    yield Figure(what=what, source="payment", expected=expected, found=_sum(books.payment, ids, name), money=True)


def _ledger(totals: Totals, before: Holdings, books: Books) -> Iterator[Figure]:
    kept = totals.captured - totals.refunded
    for what, expected, names in (
        ("all postings", 0, tuple(books.now.accounts)),
        ("cash", kept, ("CASH", "CASH_IN_TRANSIT")),
        ("earned by merchants", -kept, ("PAYABLE:", "ESCROW:", "COMMISSION")),
        ("owed or unexplained", 0, ("CUSTOMER_PREPAID", "REFUND_PAYABLE", "SUSPENSE")),
    ):
        found = books.now.account(*names) - before.account(*names)
        yield Figure(what=what, source="ledger", expected=expected, found=found, money=True)


def _stock(totals: Totals, before: Holdings, books: Books) -> Iterator[Figure]:
    left = before.on_hand.total() - totals.shipped.total() + totals.returned.total()
    yield Figure(what="units on hand", source="inventory", expected=left, found=books.now.on_hand.total())
    yield Figure(what="units reserved", source="inventory", expected=0, found=_held(before, books).total())


def _sum(facts: Mapping[str, Mapping[str, int]], ids: Sequence[str], name: str) -> int:
    return sum(facts.get(order_id, {}).get(name, 0) for order_id in ids)


def _order_differences(lived: Sequence[Lived], books: Books) -> Iterator[str]:
    for each in lived:
        expected = expected_of(plan=each.plan, paid=each.paid)
        wrong = [f"{name} {found!r}, not {wanted!r}" for name, wanted, found in _compared(expected, books)]
        if wrong:
            yield f"order {expected.order_id} ({each.plan.life}): {'; '.join(wrong)}"


def _compared(expected: Expected, books: Books) -> Iterator[tuple[str, object, object]]:
    order_id = expected.order_id
    payment, billing = books.payment.get(order_id, {}), books.billing.get(order_id, {})
    pairs: tuple[tuple[str, object, object], ...] = (
        ("state", expected.outcome, books.orders.get(order_id, {}).get("state")),
        ("captured by the provider", expected.captured, books.captured[order_id]),
        ("refunded by the provider", expected.refunded, books.refunded[order_id]),
        ("captured", expected.captured, payment.get("captured", 0)),
        ("refunded", expected.refunded, payment.get("refunded", 0)),
        ("coupons", expected.coupons_spent, payment.get("tenders_held", 0)),
        ("invoiced", expected.invoiced, billing.get("invoiced", 0)),
        ("credited", expected.credited, billing.get("credited", 0)),
        ("reserved", 0, books.inventory.get(order_id, {}).get("reserved", 0)),
        ("open shipments", 0, books.fulfillment.get(order_id, {}).get("open", 0)),
    )
    return ((name, wanted, found) for name, wanted, found in pairs if wanted != found)


def _stock_differences(totals: Totals, before: Holdings, books: Books) -> Iterator[str]:
    held = _held(before, books)
    for sku in sorted(before.on_hand):
        expected = before.on_hand[sku] - totals.shipped[sku] + totals.returned[sku]
        if books.now.on_hand[sku] != expected:
            yield f"sku {sku}: {books.now.on_hand[sku]} on hand, not {expected}"
        if held[sku]:
            yield f"sku {sku}: {held[sku]} still reserved"


def _held(before: Holdings, books: Books) -> Counter[str]:
    """Return what is reserved now and was not before."""
    return books.now.reserved - before.reserved
