"""What a warehouse does when it is told something, without waiting and without a network."""

from dataclasses import dataclass

from contracts.fulfillment import (
    RecordDispatchV1,
    RecordPackV1,
    RecordPickV1,
    RecordReturnV1,
    ReturnedLine,
    ShipmentRefusedV1,
    ShipmentWavedV1,
)
from contracts.values import Contract, Grade, PackedParcel, PickedLine
from simulators.chance import Chance
from simulators.world.scripts import Scripts

CARRIERS = ("hare", "tortoise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workmanship:
    """The shares of what goes wrong, in parts per million: a unit missing on the shelf, a return that is scrap."""

    short: int = 0
    scrapped: int = 0


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Decides what is recorded, by script first and by chance else."""

    workmanship: Workmanship
    chance: Chance
    scripts: Scripts

    def on_waved(self, event: ShipmentWavedV1) -> tuple[Contract, ...]:
        """Pick, pack and hand over; a held order stays on the list, a short pick goes on with what was found."""
        script = self.scripts.script(order_id=event.order_id)
        if script is not None and script.pick == "hold":
            return ()
        short = script.pick == "short" if script else self._misses(event.shipment_id)
        picked = _picked(event, missing=1 if short else 0)
        pick = RecordPickV1(order_id=event.order_id, shipment_id=event.shipment_id, lines=picked)
        found = tuple(line for line in picked if line.quantity)
        if not found:
            return (pick,)
        weights = {line.line_id: line.weight for line in event.lines}
        parcel = PackedParcel(
            parcel_id=f"{event.shipment_id}-p1",
            weight=sum(weights[line.line_id] * line.quantity for line in found),
            lines=found,
        )
        return (
            pick,
            RecordPackV1(order_id=event.order_id, shipment_id=event.shipment_id, parcels=(parcel,)),
            RecordDispatchV1(
                order_id=event.order_id,
                shipment_id=event.shipment_id,
                carrier=CARRIERS[self.chance.below(limit=len(CARRIERS), of=("carrier", event.shipment_id))],
                waybill=f"WB-{event.shipment_id}",
            ),
        )

    def on_refused(self, event: ShipmentRefusedV1, *, sent: tuple[PickedLine, ...]) -> tuple[Contract, ...]:
        """Take the parcels of a refused shipment back and grade what is in them."""
        grade: Grade = "C" if self._scraps(event.shipment_id) else "A"
        lines = tuple(
            ReturnedLine(line_id=line.line_id, sku=line.sku, quantity=line.quantity, grade=grade)
            for line in sent
            if line.quantity
        )
        return (RecordReturnV1(order_id=event.order_id, shipment_id=event.shipment_id, lines=lines),) if lines else ()

    def _misses(self, shipment_id: str) -> bool:
        return self.chance.hits(ppm=self.workmanship.short, of=("short", shipment_id))

    def _scraps(self, shipment_id: str) -> bool:
        return self.chance.hits(ppm=self.workmanship.scrapped, of=("scrap", shipment_id))


def _picked(event: ShipmentWavedV1, *, missing: int) -> tuple[PickedLine, ...]:
    first, *rest = event.lines
    return (
        PickedLine(line_id=first.line_id, sku=first.sku, quantity=first.quantity - missing),
        *(PickedLine(line_id=line.line_id, sku=line.sku, quantity=line.quantity) for line in rest),
    )
