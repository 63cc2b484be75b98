"""An operator's verbs on a saga."""

from __future__ import annotations

from chassis import saga as engine
from chassis.decision import Context, Decision, View
from chassis.saga import Phase, SagaState
from order.domain.commands import OperateSaga
from order.domain.lifecycle import LOCKS, State, Trigger
from order.domain.order import ORDER, Lock
from order.handlers.draft import Draft, unchanged
from order.handlers.following import call_off, confirm, follow
from order.saga import CHECKOUT, CHECKOUT_KEY, SAGAS


def operate_saga(command: OperateSaga, view: View, context: Context) -> Decision:
    """Try a step again, take it for done, or end the saga: always with a name and a reason in the history."""
    order = view.get(ORDER, command.order_id)
    if order is None:
        return Decision(outcome="rejected", answer={"order_id": command.order_id, "reason": "unknown_order"})
    draft = Draft(order=order, view=view, context=context, who=command.operator)
    state = order.sagas.get(command.saga)
    if state is None or not state.running:
        return unchanged(draft=draft, outcome="rejected", answer={"reason": "saga_not_running"})
    step = engine.waiting_for(saga=SAGAS[state.saga], state=state)
    if command.step not in {None, place(state=state)}:
        return unchanged(draft=draft, outcome="rejected", answer={"reason": "saga_has_gone_on"})
    if command.verb == "skip" and step is not None and step.tells:
        return unchanged(draft=draft, outcome="rejected", answer={"reason": "answer_needed"})
    draft.note(f"{command.verb} {command.saga} at {state.waits_at}", why=command.reason)
    match command.verb:
        case "retry":
            follow(draft, command.saga, engine.retry(saga=SAGAS[state.saga], state=state, now=draft.now))
        case "skip":
            follow(draft, command.saga, engine.skip(saga=SAGAS[state.saga], state=state, now=draft.now))
        case _:
            _force(draft, command.saga, state, command.reason)
    return draft.decision(answer={"saga": command.saga, "waits_at": draft.step(command.saga)})


def place(*, state: SagaState) -> str:
    """Return where a running saga is, as an operator says it: its step, with ``undo`` before it on the way back."""
    return f"{'undo ' if state.phase is Phase.BACKWARD else ''}{state.plan[state.at]}"


def _force(draft: Draft, key: str, state: SagaState, reason: str) -> None:
    """End a saga; before the pivot of checkout the order is cancelled, after it the order goes on."""
    forced = engine.force(state=state, reason=reason)
    if key != CHECKOUT_KEY:
        follow(draft, key, forced)
        return
    back = state.plan[state.at]
    draft.keep(key, forced)
    if CHECKOUT.reversible(name=back):
        _cancel(draft, reason)
    elif not draft.order.sub_orders:
        confirm(draft)


def _cancel(draft: Draft, reason: str) -> None:
    if draft.order.state not in {*LOCKS, State.PLACING}:
        wish = Lock(saga=CHECKOUT_KEY, by="operator", reason=reason, since=draft.now)
        draft.change(lock=wish, why=reason)
        draft.move(Trigger.CANCEL, why=reason)
    call_off(draft)
