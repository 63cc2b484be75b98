"""Defects in the tables, made on purpose: each is found by a model, or the model proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import fulfillment.domain.states as shipping
import payment.domain.states as paying
from inventory.domain import reservation as holding
from model.explore import Search, Violation
from model.scenes import SCENES
from model.town import Town
from order import saga as sagas
from order.domain.lifecycle import COD, PHYSICAL, PREPAID, VIRTUAL, State, Trigger
from order.domain.profiles import PROFILES
from order.domain.rollup import ROLL_UP, SUB_TRANSITIONS, SubState, SubTrigger

Undo = Callable[[], None]
MOST_STATES = 400_000


@dataclass(frozen=True, slots=True)
class Mutant:
    """A defect: its name, the model that must find it, and how it is put in; ``faults`` that it needs to show."""

    name: str
    scene: str
    put_in: Callable[[], Undo]
    faults: int = 0


def killed_by(*, mutant: Mutant) -> Violation | None:
    """Return what its model finds with this defect in the tables."""
    with _mutated(mutant):
        scene = replace(SCENES[mutant.scene], faults=mutant.faults)
        found = Search(model=Town(scene=scene), most_states=MOST_STATES, progress=lambda _states, _depth: None).run()
    return found.violations[0] if found.violations else None


@contextmanager
def _mutated(mutant: Mutant) -> Iterator[None]:
    undo = mutant.put_in()
    try:
        yield
    finally:
        undo()


def _row(table: Mapping[Any, Any], key: Any, target: Any = None) -> Callable[[], Undo]:
    """Take a row out of a table, or let it lead elsewhere."""

    def put_in() -> Undo:
        rows: MutableMapping[Any, Any] = table  # type: ignore[assignment]  # a table is a dict that nobody changes
        before = dict(rows)
        if target is None:
            del rows[key]
        else:
            rows[key] = target

        def undo() -> None:
            # All of them anew: a row that comes back alone would come last, and diagrams are drawn in this order.
            rows.clear()
            rows.update(before)

        return undo

    return put_in


def _attribute(owner: Any, name: str, value: Any) -> Callable[[], Undo]:
    """Let a constant be another one, be it frozen."""

    def put_in() -> Undo:
        before = getattr(owner, name)
        _set(owner, name, value)
        return lambda: _set(owner, name, before)

    return put_in


def _set(owner: Any, name: str, value: Any) -> None:
    if isinstance(owner, type(paying)):
        setattr(owner, name, value)
    else:
        object.__setattr__(owner, name, value)


def _payment_row(key: tuple[paying.PaymentState, paying.Trigger], target: paying.PaymentState | None = None) -> Any:
    rows = {each: end for each, end in paying.TRANSITIONS.items() if each != key or target}
    return _attribute(paying, "TRANSITIONS", rows | ({key: target} if target else {}))


def _undoing(step: str, command: str | None) -> Callable[[], Undo]:
    """Let a step of checkout be undone by nothing, or by a compensation that asks for nothing."""
    found = sagas.CHECKOUT.step(name=step)
    undo = found.compensation
    return _attribute(
        found, "compensation", None if command is None or undo is None else replace(undo, command=command)
    )


def _without_step(saga: Any, name: str) -> Callable[[], Undo]:
    return _attribute(saga, "steps", tuple(step for step in saga.steps if step.name != name))


def _without_clock(profile: str, name: str) -> Callable[[], Undo]:
    found = next(each for each in PROFILES.values() if each.name == profile)
    return _attribute(found, "clocks", tuple(clock for clock in found.clocks if clock.name != name))


_P, _PT = paying.PaymentState, paying.Trigger
_R, _RT = holding.ReservationState, holding.Trigger
_S, _ST = shipping.ShipmentState, shipping.Trigger

MUTANTS = (
    Mutant("order: paid, not confirming", "standard", _row(PHYSICAL, (State.AWAITING_PAYMENT, Trigger.CAPTURED))),
    Mutant("order: no way out of a time-out", "standard", _row(PHYSICAL, (State.CANCELLING, Trigger.RESUMED))),
    Mutant(
        "order: a time-out only waits on",
        "standard",
        _row(PHYSICAL, (State.AWAITING_PAYMENT, Trigger.DEADLINE), State.AWAITING_PAYMENT),
    ),
    Mutant("order: cancelled to nowhere", "standard", _row(PHYSICAL, (State.CANCELLING, Trigger.CANCELLED))),
    Mutant("order: late money is poison", "late", _row(PHYSICAL, (State.CANCELLED, Trigger.EXCESS))),
    Mutant(
        "order: short at payment is poison",
        "at-payment",
        _row(PHYSICAL, (State.CONFIRMING_PAYMENT, Trigger.GOODS_GONE)),
    ),
    Mutant("order: cash cannot be cancelled", "cod", _row(COD, (State.CANCELLING, Trigger.CANCELLED))),
    Mutant("order: virtual ends confirmed", "virtual", _row(VIRTUAL, (State.CONFIRMING_PAYMENT, Trigger.COMPLETED))),
    Mutant(
        "order: prepaid is cancelled in vain",
        "virtual-prepaid",
        _row(PREPAID, (State.CONFIRMING_PAYMENT, Trigger.COMPLETED)),
    ),
    Mutant(
        "part: refused goods are completed",
        "goods",
        _row(SUB_TRANSITIONS, (SubState.AWAITING_RECEIPT, SubTrigger.REFUSED), SubState.COMPLETED),
    ),
    Mutant("part: closing never closes", "goods", _row(SUB_TRANSITIONS, (SubState.CLOSING, SubTrigger.SETTLED_BACK))),
    Mutant(
        "roll-up: cancelled counts as completed",
        "short",
        _row(ROLL_UP, SubState.CANCELLED, ROLL_UP[SubState.COMPLETED]),
    ),
    Mutant("payment: money does not win", "standard", _payment_row((_P.CANCELLING, _PT.CAPTURE), _P.CANCELLED)),
    Mutant("payment: late money is illegal", "late", _payment_row((_P.REQUESTED, _PT.CAPTURE))),
    Mutant("payment: topping up is in vain", "topped-up", _payment_row((_P.MISMATCHED, _PT.CAPTURE))),
    Mutant("payment: a difference passes", "too-little", _payment_row((_P.CONFIRMING, _PT.DIFFER), _P.RECONCILED)),
    Mutant("payment: nothing is returned", "too-little", _payment_row((_P.RETURNING, _PT.RETURN))),
    Mutant(
        "stock: what is sold is not dispatched", "standard", _row(holding.TRANSITIONS, (_R.COMMITTED, _RT.DISPATCH))
    ),
    Mutant(
        "shipment: intercepted ones go out",
        "standard",
        _row(shipping.TRANSITIONS, (_S.PACKED, _ST.INTERCEPT), _S.PACKED),
    ),
    Mutant(
        "shipment: nothing arrives", "standard", _row(shipping.TRANSITIONS, (_S.DISPATCHED, _ST.DELIVER), _S.DISPATCHED)
    ),
    Mutant(
        "shipment: no interception of picks",
        "standard",
        _row(shipping.TRANSITIONS, (_S.PICKING, _ST.INTERCEPT), _S.WAVED),
    ),
    Mutant("saga: stock is not given back", "standard", _undoing("reserve_stock", None)),
    Mutant("saga: tenders are not given back", "tenders", _undoing("lock_tenders", None)),
    Mutant("saga: the request is not closed", "standard", _undoing("request_payment", None)),
    Mutant(
        "saga: waits for money for ever", "standard", _attribute(sagas.CHECKOUT.step(name="captured"), "expires", False)
    ),
    Mutant("saga: a cancellation pays nothing back", "standard", _without_step(sagas.CANCELLATION, "refund")),
    Mutant("saga: a cancellation keeps the stock", "standard", _without_step(sagas.CANCELLATION, "release_stock")),
    Mutant("saga: closing writes no credit note", "goods", _without_step(sagas.CLOSING, "credit_note")),
    Mutant("saga: no restock", "goods", _without_step(sagas.CLOSING, "restock")),
    Mutant("saga: never invoiced", "goods", _attribute(sagas.INVOICING, "steps", ())),
    Mutant("clock: no pay deadline", "standard", _without_clock("standard", "pay_deadline")),
)
