"""What order asks for: shipments made, waves closed, shipments stopped."""

from chassis.decision import Context, Decision, Save, View, changed
from fulfillment.domain.commands import CloseWave, CreateShipments, InterceptShipments, ShipmentWish
from fulfillment.domain.events import ShipmentRef, ShipmentsCreated, ShipmentsIntercepted
from fulfillment.domain.kinds import ASSIGNMENT
from fulfillment.domain.shipment import ALL, Assignment, Shipment, is_barred, shipment_id
from fulfillment.domain.states import ShipmentState, Trigger, after
from fulfillment.domain.waves import Policy
from fulfillment.handlers.advance import advance_id, set_out
from fulfillment.handlers.dock import Dock


def create_shipments(command: CreateShipments, view: View, context: Context, *, policy: Policy) -> Decision:
    """Give the jobs to the warehouses; a sub-order that has its shipment keeps it."""
    known = view.get(ASSIGNMENT, command.order_id) or Assignment(order_id=command.order_id)
    wishes = [
        each for each in command.shipments if shipment_id(sub_order_id=each.sub_order_id) not in known.shipment_ids
    ]
    created = ShipmentsCreated(
        order_id=command.order_id,
        shipments=tuple(
            ShipmentRef(shipment_id(sub_order_id=each.sub_order_id), each.sub_order_id) for each in command.shipments
        ),
    )
    if not wishes:
        return Decision(emits=(created,), outcome="duplicate")
    assignment = _assigned(known, command)
    dock = Dock(view=view, context=context, policy=policy)
    for wish in wishes:
        shipment = _shipment(wish, assignment, context)
        dock.put(shipment=shipment)
        if shipment.state is ShipmentState.CREATED:
            dock.join(shipment=shipment, assignment=assignment)
    dock.close_waves()
    made = Decision(saves=(Save(ASSIGNMENT, command.order_id, assignment),), emits=(created,)) + dock.decision()
    return made + set_out(shipments=dock.waved, view=view, context=context, policy=policy)


def close_wave(command: CloseWave, view: View, context: Context, *, policy: Policy) -> Decision:
    """Send what has waited long enough to the pickers."""
    dock = Dock(view=view, context=context, policy=policy)
    dock.visit(key=command.queue)
    dock.close_waves()
    return dock.decision() + set_out(shipments=dock.waved, view=view, context=context, policy=policy)


def intercept_shipments(command: InterceptShipments, view: View, context: Context, *, policy: Policy) -> Decision:
    """Stop what has not been dispatched; the answer names what stays and what is gone, the same for the same cause."""
    known = view.get(ASSIGNMENT, command.order_id) or Assignment(order_id=command.order_id)
    if command.cause in known.answers:
        return Decision(emits=(_answer(known, command.cause),), outcome="duplicate")
    dock = Dock(view=view, context=context, policy=policy)
    wanted = command.sub_order_ids or tuple(
        shipment.sub_order_id
        for each in known.shipment_ids
        if (shipment := dock.shipment(shipment_id=each)) is not None
    )
    early = tuple(each for each in wanted if shipment_id(sub_order_id=each) not in known.shipment_ids) or _all_early(
        known
    )
    stopped = [each for each in wanted if each in early or _stop(dock, each)]
    late = tuple(each for each in wanted if each not in stopped)
    answered = changed(
        known,
        barred=(*known.barred, *early),
        answers={**known.answers, command.cause: (tuple(stopped), late)},
    )
    return dock.decision() + Decision(
        saves=(Save(ASSIGNMENT, command.order_id, answered),),
        emits=(_answer(answered, command.cause),),
        drops=tuple(advance_id(shipment_id=shipment_id(sub_order_id=each)) for each in stopped),
        outcome="rejected" if late and not stopped else "applied",
    )


def _stop(dock: Dock, sub_order_id: str) -> bool:
    shipment = dock.shipment(shipment_id=shipment_id(sub_order_id=sub_order_id))
    state = None if shipment is None else after(state=shipment.state, trigger=Trigger.INTERCEPT)
    if shipment is None or state is None:
        return False
    if shipment.state is ShipmentState.CREATED:
        dock.leave(shipment=shipment)
    dock.put(shipment=changed(shipment, state=state))
    return True


def _all_early(known: Assignment) -> tuple[str, ...]:
    """Return the mark that bars a whole order, when nothing of it was asked for yet."""
    return () if known.shipment_ids else (ALL,)


def _assigned(known: Assignment, command: CreateShipments) -> Assignment:
    wanted = (shipment_id(sub_order_id=each.sub_order_id) for each in command.shipments)
    return changed(
        known,
        customer_id=command.customer_id,
        currency=command.currency,
        region=command.region,
        method=command.method,
        slot=None if command.slot is None else (command.slot.starts, command.slot.ends),
        recipient=command.recipient,
        shipment_ids=tuple(dict.fromkeys((*known.shipment_ids, *wanted))),
    )


def _shipment(wish: ShipmentWish, assignment: Assignment, context: Context) -> Shipment:
    barred = is_barred(assignment=assignment, sub_order_id=wish.sub_order_id)
    return Shipment(
        shipment_id=shipment_id(sub_order_id=wish.sub_order_id),
        sub_order_id=wish.sub_order_id,
        order_id=assignment.order_id,
        merchant_id=wish.merchant_id,
        warehouse_id=wish.warehouse_id,
        handling_class=wish.handling_class,
        lines=wish.lines,
        collect=wish.collect,
        rush=wish.rush,
        state=ShipmentState.INTERCEPTED if barred else ShipmentState.CREATED,
        created_at=context.now,
    )


def _answer(assignment: Assignment, cause: str) -> ShipmentsIntercepted:
    intercepted, too_late = assignment.answers[cause]
    return ShipmentsIntercepted(order_id=assignment.order_id, cause=cause, intercepted=intercepted, too_late=too_late)
