"""What a carrier reports of a shipment, without waiting and without a network."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.fulfillment import RecordTrackingV1, ShipmentDispatchedV1
from contracts.payment import RecordStatementLineV1
from contracts.values import Contract
from simulators.chance import Chance
from simulators.world.scripts import Scripts

VOCABULARY = {
    "hare": {"moving": "PU", "at_door": "OD", "accept": "DL", "refuse": "RF", "lose": "LS"},
    "tortoise": {
        "moving": "accepted",
        "at_door": "with-courier",
        "accept": "signed",
        "refuse": "returned-by-customer",
        "lose": "missing",
    },
}
CURRENCY = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorstep:
    """The shares of parcels that are refused at the door or lost on the way, in parts per million."""

    refused: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Carrier:
    """Decides how a delivery goes, by script first and by chance else."""

    doorstep: Doorstep
    chance: Chance
    scripts: Scripts

    def on_dispatched(self, event: ShipmentDispatchedV1) -> tuple[Contract, ...]:
        """Report the way to the door and what happened there; cash that was taken is remitted."""
        end = self._end(event)
        words = VOCABULARY[event.carrier]
        steps = ("moving", end) if end == "lose" else ("moving", "at_door", end)
        reports: list[Contract] = [
            RecordTrackingV1(
                order_id=event.order_id,
                shipment_id=event.shipment_id,
                carrier=event.carrier,
                code=words[step],
                station=f"hub {1 + self.chance.below(limit=9, of=('hub', event.shipment_id))}",
                occurred_at=event.dispatched_at + timedelta(milliseconds=number),
            )
            for number, step in enumerate(steps, start=1)
        ]
        if end == "accept" and event.collect:
            reports.append(_remittance(event))
        return tuple(reports)

    def _end(self, event: ShipmentDispatchedV1) -> str:
        script = self.scripts.script(order_id=event.order_id)
        if script is not None:
            return script.door
        drawn = self.chance.below(limit=1_000_000, of=("door", event.order_id))
        if drawn < self.doorstep.refused:
            return "refuse"
        return "lose" if drawn < self.doorstep.refused + self.doorstep.lost else "accept"


def _remittance(event: ShipmentDispatchedV1) -> RecordStatementLineV1:
    """Return the line of the carrier's daily cash statement; each shipment is a statement of one line here."""
    booked_at: datetime = event.dispatched_at + timedelta(milliseconds=10)
    return RecordStatementLineV1(
        statement_id=f"{event.carrier}-{event.waybill}",
        line_number=1,
        order_id=event.order_id,
        attempt_id=f"{event.order_id}-1",
        channel="cash_on_delivery",
        kind="capture",
        reference=event.waybill,
        currency=CURRENCY,
        amount=event.collect,
        booked_at=booked_at,
    )
