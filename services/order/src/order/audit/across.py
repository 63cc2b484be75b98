"""What the five services must say of the same order: each rule compares two or more of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Facts = Mapping[str, Any]

WITH_GOODS = frozenset({"awaiting_pick", "awaiting_dispatch", "awaiting_receipt"})
"""States in which the next word is the warehouse's or the carrier's."""

PARTICIPANTS = ("inventory", "payment", "fulfillment", "billing")
EVERYBODY = frozenset({"order", *PARTICIPANTS})

GIVEN_BACK = frozenset({"cancelled", "rejected"})
"""States in which nothing may be held, kept or owed any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the services know of one order; nothing where a service does not know it."""

    order_id: str
    order: Facts = field(default_factory=dict)
    inventory: Facts = field(default_factory=dict)
    payment: Facts = field(default_factory=dict)
    fulfillment: Facts = field(default_factory=dict)
    billing: Facts = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether the order has ended and none of its sagas waits for anything."""
        return bool(self.order.get("terminal"))

    @property
    def given_back(self) -> bool:
        """Whether it has ended without goods or money having changed hands for good."""
        return self.ended and self.order.get("state") in GIVEN_BACK

    @property
    def kept(self) -> int:
        """What was captured and not refunded."""
        return int(self.payment.get("captured", 0)) - int(self.payment.get("refunded", 0))

    @property
    def billed(self) -> int:
        """What was invoiced and not credited."""
        return int(self.billing.get("invoiced", 0)) - int(self.billing.get("credited", 0))

    @property
    def money_rests(self) -> bool:
        """Whether no refund is under way."""
        return not self.payment.get("in_flight", 0)


@dataclass(frozen=True, slots=True)
class Rule:
    """One fact about an order to which it applies; ``wrong`` says in words how it is broken, or nothing.

    ``needs`` are the services without whose word it cannot be judged.
    """

    invariant: str
    says: str
    needs: frozenset[str]
    applies: Callable[[Known], bool]
    wrong: Callable[[Known], str]


def _unknown(known: Known) -> str:
    speakers = [name for name in PARTICIPANTS if getattr(known, name)]
    return "" if known.order else f"{' and '.join(speakers)} know it, order does not"


def _uneven(known: Known) -> str:
    return "" if known.kept == known.billed else f"kept {known.kept}, invoiced and not credited {known.billed}"


def _left_over(known: Known) -> str:
    return _named({"reserved": known.inventory.get("reserved", 0), "open shipments": known.fulfillment.get("open", 0)})


def _nowhere(known: Known) -> str:
    goods = int(known.fulfillment.get("open", 0)) + int(known.fulfillment.get("gone", 0))
    return "" if goods else "no shipment is on its way"


def _without_goods(known: Known) -> str:
    return "" if any(known.fulfillment.get(name, 0) for name in ("open", "gone", "astray")) else "it has no shipment"


def _gone(known: Known) -> str:
    return _named({"shipments gone": known.fulfillment.get("gone", 0)})


def _unpaid_invoice(known: Known) -> str:
    invoiced, captured = known.billing.get("invoiced", 0), known.payment.get("captured", 0)
    return "" if invoiced <= captured else f"invoiced {invoiced}, captured {captured}"


def _not_given_back(known: Known) -> str:
    return _named(
        {
            "reserved": known.inventory.get("reserved", 0),
            "kept": known.kept,
            "tenders held": known.payment.get("tenders_held", 0),
            "open shipments": known.fulfillment.get("open", 0),
            "invoiced": known.billed,
        }
    )


def _named(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {value}" for name, value in found.items() if value)


def rules(*, at_rest: bool) -> tuple[Rule, ...]:
    """Return the rules; at rest a refund that is still under way excuses nothing."""

    def settled(known: Known) -> bool:
        return known.ended and (at_rest or known.money_rests)

    return (
        Rule("I3", "every order that a service knows is known to order", frozenset({"order"}), _anybody, _unknown),
        *_of_money(settled),
        *_of_goods(at_rest=at_rest),
        Rule(
            "I7",
            "a cancelled order holds no stock, money, tender, shipment or invoice",
            EVERYBODY,
            lambda known: known.given_back and settled(known),
            _not_given_back,
        ),
    )


def _of_money(settled: Callable[[Known], bool]) -> Iterator[Rule]:
    books = frozenset({"order", "payment", "billing"})
    yield Rule("I2", "captured - refunded = invoiced - credited for every ended order", books, settled, _uneven)
    yield Rule(
        "I4",
        "nothing is invoiced beyond captured money",
        books,
        lambda known: bool(known.billing),
        _unpaid_invoice,
    )


def _of_goods(*, at_rest: bool) -> Iterator[Rule]:
    def waits_for_goods(known: Known) -> bool:
        return known.order.get("state") in WITH_GOODS and (at_rest or not known.order.get("running"))

    shipped = frozenset({"order", "fulfillment"})
    kept = frozenset({"order", "inventory", "fulfillment"})
    if at_rest:
        yield Rule(
            "I3", "an order that waits for its goods has a shipment under way", shipped, waits_for_goods, _nowhere
        )
    else:
        says = "an order that waits for its goods, and no saga for it, has a shipment"
        yield Rule("I3", says, shipped, waits_for_goods, _without_goods)
    says = "nothing is reserved or to be shipped for an ended order"
    yield Rule("I3", says, kept, lambda known: known.ended, _left_over)
    yield Rule("I4", "nothing is shipped for a cancelled order", shipped, lambda known: known.given_back, _gone)


def _anybody(_known: Known) -> bool:
    return True
