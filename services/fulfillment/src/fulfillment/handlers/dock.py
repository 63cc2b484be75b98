"""What one message does to shipments and queues, gathered while a handler decides."""

from chassis.decision import Append, Context, Decision, Save, Timer, View, changed
from fulfillment.domain.events import ShipmentRecordRefused, ShipmentWaved
from fulfillment.domain.kinds import QUEUE, SHIPMENT, WAVE
from fulfillment.domain.shipment import Assignment, Shipment
from fulfillment.domain.states import ShipmentState, Trigger, after
from fulfillment.domain.waves import Policy, Queue, Waiting, Wave, closed, joined, left, queue_key, ready_at


class Dock:
    """The shipments and queues that a message is about, as they become."""

    def __init__(self, *, view: View, context: Context, policy: Policy) -> None:
        self._view = view
        self._context = context
        self._policy = policy
        self._shipments: dict[str, Shipment] = {}
        self._queues: dict[str, Queue] = {}
        self._waves: list[Wave] = []
        self._waved: list[Shipment] = []

    def shipment(self, *, shipment_id: str) -> Shipment | None:
        """Return a shipment as it is now."""
        return self._shipments.get(shipment_id) or self._view.get(SHIPMENT, shipment_id)

    def put(self, *, shipment: Shipment) -> None:
        """Change a shipment, or add a new one."""
        self._shipments[shipment.shipment_id] = shipment

    def join(self, *, shipment: Shipment, assignment: Assignment) -> None:
        """Let a shipment wait for its wave."""
        waiting = Waiting(
            shipment_id=shipment.shipment_id,
            order_id=shipment.order_id,
            region=assignment.region,
            method=assignment.method,
            rush=shipment.rush,
            since=shipment.created_at,
            ready_at=ready_at(slot=assignment.slot, now=self._context.now, policy=self._policy),
        )
        queue = self._queue(shipment.warehouse_id)
        self._queues[queue.key] = joined(queue=queue, waiting=waiting, policy=self._policy)

    def leave(self, *, shipment: Shipment) -> None:
        """Take a shipment out of its queue."""
        queue = self._queue(shipment.warehouse_id)
        self._queues[queue.key] = left(queue=queue, shipment_ids=frozenset({shipment.shipment_id}))

    def visit(self, *, key: str) -> None:
        """Look at a queue whose time may have come."""
        queue = self._view.get(QUEUE, key)
        if queue is not None:
            self._queues[key] = queue

    def close_waves(self) -> None:
        """Close the waves of the touched queues that are full or due; their shipments go to the pickers."""
        for key, queue in self._queues.items():
            self._queues[key], waves = closed(queue=queue, now=self._context.now, policy=self._policy)
            self._waves += waves
        # Asked for together: each shipment that nobody has loaded would cost the whole batch another round.
        self._view.find(
            SHIPMENT, [key for wave in self._waves for key in wave.shipment_ids if key not in self._shipments]
        )
        for wave in self._waves:
            self._pick(wave)

    @property
    def waved(self) -> tuple[Shipment, ...]:
        """The shipments whose wave was closed here."""
        return tuple(self._waved)

    def decision(self) -> Decision:
        """Return all of it."""
        timers, drops = [], []
        for key, queue in self._queues.items():
            before = self._view.get(QUEUE, key)
            if queue.closes_at is not None:
                timers.append(self._closing(queue))
            elif before is not None and before.closes_at is not None:
                drops.append(_closing_id(key))
        return Decision(
            saves=(
                *(Save(SHIPMENT, key, shipment) for key, shipment in self._shipments.items()),
                *(
                    Save(QUEUE, key, queue)
                    for key, queue in self._queues.items()
                    if queue != self._view.get(QUEUE, key)
                ),
            ),
            rows=tuple(Append(WAVE, wave, unique=wave.wave_id) for wave in self._waves),
            emits=tuple(_waved(each) for each in self._waved),
            timers=tuple(timers),
            drops=tuple(drops),
        )

    def _queue(self, warehouse_id: str) -> Queue:
        key = queue_key(warehouse_id=warehouse_id, shard=self._context.shard)
        return self._queues.get(key) or self._view.get(QUEUE, key) or Queue(key=key, warehouse_id=warehouse_id)

    def _pick(self, wave: Wave) -> None:
        for shipment_id in wave.shipment_ids:
            shipment = self.shipment(shipment_id=shipment_id)
            state = None if shipment is None else after(state=shipment.state, trigger=Trigger.WAVE)
            if shipment is not None and state is not None:
                waved = changed(shipment, state=state, wave_id=wave.wave_id)
                self.put(shipment=waved)
                self._waved.append(waved)

    def _closing(self, queue: Queue) -> Timer:
        return Timer(
            id=_closing_id(queue.key),
            name="wave-closes",
            key=self._context.key,
            due=queue.closes_at or self._context.now,
            data={"queue": queue.key},
        )


def refused(*, shipment: Shipment, record: str, reason: str) -> Decision:
    """Return the refusal of a record that does not fit its shipment."""
    refusal = ShipmentRecordRefused(
        order_id=shipment.order_id,
        shipment_id=shipment.shipment_id,
        record=record,
        reason=reason,
        state=shipment.state.value,
    )
    return Decision(emits=(refusal,), outcome="rejected", answer={"reason": reason, "state": shipment.state.value})


def misplaced(*, shipment: Shipment, record: str) -> Decision:
    """Return the refusal of a record that a shipment in this state cannot take."""
    intercepted = shipment.state is ShipmentState.INTERCEPTED
    return refused(shipment=shipment, record=record, reason="intercepted" if intercepted else "wrong_state")


def _closing_id(key: str) -> str:
    return f"wave:{key}"


def _waved(shipment: Shipment) -> ShipmentWaved:
    return ShipmentWaved(
        order_id=shipment.order_id,
        sub_order_id=shipment.sub_order_id,
        shipment_id=shipment.shipment_id,
        wave_id=shipment.wave_id or "",
        warehouse_id=shipment.warehouse_id,
        lines=shipment.lines,
    )
