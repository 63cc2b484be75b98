"""What is true of the services' books when nothing is under way any more, and of ended orders at every rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from chassis.store.memory import MemoryStore
from inventory.domain.kinds import TAKEN
from order.audit.across import rules
from order.domain.order import ORDER, TERMS
from payment.domain.kinds import EXCEPTION, PAYMENT, POSTING
from payment.domain.ledger import REFUND_PAYABLE, SUSPENSE
from payment.domain.values import SettlementState
from simulation.shop.catalogue import WARES
from simulation.shop.facts import all_of, known
from simulation.shop.wishes import Wish


def caps(*, store: MemoryStore) -> Iterable[str]:
    """I1: no customer has more of a scarce sku than one customer may have."""
    for taken in all_of(store=store, kind=TAKEN).values():
        most = WARES[taken.sku].extra["cap_per_customer"]
        if not 0 <= taken.quantity <= most:
            yield f"I1 {taken.customer_id} has {taken.quantity} of {taken.sku}, at most {most}"


def books(*, store: MemoryStore) -> Iterable[str]:
    """I2, I5: money waits for a person or for nobody, and every settlement was booked as it was asked for."""
    left: Counter[tuple[str, str]] = Counter()
    for posting in store.rows.get(POSTING.name, {}).values():
        left[posting.order_id, posting.account] += posting.amount
    asked = {each.order_id for each in all_of(store=store, kind=EXCEPTION).values() if each.resolved_at is None}
    for (order_id, name), amount in left.items():
        if amount and (name == REFUND_PAYABLE or (name == SUSPENSE and order_id not in asked)):
            yield f"I2 order {order_id}: {amount} are left in {name}"
    for order_id, payment in all_of(store=store, kind=PAYMENT).items():
        for settlement in payment.settlements:
            if settlement.state is not SettlementState.DONE:
                yield f"I5 order {order_id}: settlement {settlement.id} is {settlement.state.value}"


def agreed(*, store: MemoryStore, wishes: Mapping[str, Wish]) -> Iterable[str]:
    """I2: what was accepted costs what the customer has agreed to, and that is written once."""
    terms = all_of(store=store, kind=TERMS)
    for (kind, order_id), stored in store.aggregates.items():
        if kind is TERMS and stored.version != 1:
            yield f"I2 order {order_id}: its terms were written {stored.version} times"
    for order_id, order in all_of(store=store, kind=ORDER).items():
        wish = wishes.get(order_id)
        if order.accepted and wish is not None and terms[order_id].priced.due != wish.command.due:
            yield f"I2 order {order_id}: {terms[order_id].priced.due} are asked for, {wish.command.due} were agreed"


def held_too_long(*, stores: Mapping[str, MemoryStore]) -> list[str]:
    """I3, I7: an order that has ended holds nothing from then on; that its hold would lapse some day is no excuse."""
    return [
        f"{rule.invariant} order {each.order_id} ({each.order.get('state')}), at once: {rule.says}: {wrong}"
        for each in known(stores=stores)
        for rule in rules(at_rest=False)
        if rule.invariant in {"I3", "I7"} and rule.applies(each) and (wrong := rule.wrong(each))
    ]
