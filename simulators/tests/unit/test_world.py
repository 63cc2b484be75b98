from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.fulfillment import (
    RecordDispatchV1,
    RecordPackV1,
    RecordPickV1,
    RecordReturnV1,
    RecordTrackingV1,
    ShipmentDispatchedV1,
    ShipmentRefusedV1,
    ShipmentWavedV1,
)
from contracts.payment import RecordStatementLineV1
from contracts.values import PickedLine, ShipmentLine
from simulators.carrier.reactions import VOCABULARY, Carrier, Doorstep
from simulators.chance import Chance
from simulators.publishing import derived_id
from simulators.warehouse.reactions import CARRIERS, Warehouse, Workmanship
from simulators.world.scripts import Script, WorldBook

ORDER = "8f3c2b1a-6d5e-5f40-9a7b-1c2d3e4f5a6b"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WAVED = ShipmentWavedV1(
    order_id=ORDER,
    sub_order_id=f"{ORDER}-s1",
    shipment_id=f"{ORDER}-s1-d1",
    wave_id="wave-1",
    warehouse_id="w1",
    lines=(
        ShipmentLine(line_id="l1", sku="1", name="pears", quantity=3, weight=200),
        ShipmentLine(line_id="l2", sku="2", name="salt", quantity=1, weight=500),
    ),
)


class NoScripts:
    def script(self, *, order_id: str) -> Script | None:
        return None


class OneScript:
    def __init__(self, script: Script) -> None:
        self._script = script

    def script(self, *, order_id: str) -> Script | None:
        return self._script


def warehouse(script: Script | None = None, **shares: int) -> Warehouse:
    scripts = OneScript(script) if script else NoScripts()
    return Warehouse(workmanship=Workmanship(**shares), chance=Chance(seed=1), scripts=scripts)


def carrier(script: Script | None = None, **shares: int) -> Carrier:
    scripts = OneScript(script) if script else NoScripts()
    return Carrier(doorstep=Doorstep(**shares), chance=Chance(seed=1), scripts=scripts)


def dispatched(*, collect: int = 0) -> ShipmentDispatchedV1:
    return ShipmentDispatchedV1(
        order_id=ORDER,
        sub_order_id=WAVED.sub_order_id,
        shipment_id=WAVED.shipment_id,
        warehouse_id="w1",
        carrier="hare",
        waybill="WB-1",
        collect=collect,
        lines=(PickedLine(line_id="l1", sku="1", quantity=3), PickedLine(line_id="l2", sku="2", quantity=1)),
        dispatched_at=NOW,
    )


def test_wave_is_worked_off() -> None:
    """What is waved is picked, packed by weight and handed to a carrier."""
    pick, pack, dispatch = warehouse().on_waved(WAVED)
    assert isinstance(pick, RecordPickV1)
    assert isinstance(pack, RecordPackV1)
    assert isinstance(dispatch, RecordDispatchV1)
    assert [3, 1] == [line.quantity for line in pick.lines]
    assert 1_100 == pack.parcels[0].weight
    assert dispatch.carrier in CARRIERS


def test_held_order_stays_on_the_list() -> None:
    """A held order is not touched."""
    assert () == warehouse(Script(order_id=ORDER, pick="hold")).on_waved(WAVED)


def test_short_pick_goes_on_with_what_was_found() -> None:
    """A missing unit is recorded; the others are packed by weight and handed over."""
    pick, pack, dispatch = warehouse(short=1_000_000).on_waved(WAVED)
    assert isinstance(pick, RecordPickV1)
    assert isinstance(pack, RecordPackV1)
    assert isinstance(dispatch, RecordDispatchV1)
    assert [2, 1] == [line.quantity for line in pick.lines]
    assert (900, pick.lines) == (pack.parcels[0].weight, pack.parcels[0].lines)


def test_nothing_found_ends_with_the_pick() -> None:
    """When the only unit is missing, nothing is packed."""
    alone = WAVED.model_copy(update={"lines": WAVED.lines[1:]})
    (pick,) = warehouse(short=1_000_000).on_waved(alone)
    assert isinstance(pick, RecordPickV1)
    assert [0] == [line.quantity for line in pick.lines]


@pytest.mark.parametrize("scrapped,grade", [(0, "A"), (1_000_000, "C")])
def test_refused_goods_are_graded(scrapped: int, grade: str) -> None:
    """All units that left come back with a grade."""
    event = ShipmentRefusedV1(
        order_id=ORDER,
        sub_order_id=WAVED.sub_order_id,
        shipment_id=WAVED.shipment_id,
        reason="refused",
        refused_at=NOW,
    )
    (returned,) = warehouse(scrapped=scrapped).on_refused(event, sent=dispatched().lines)
    assert isinstance(returned, RecordReturnV1)
    assert [("1", 3, grade), ("2", 1, grade)] == [(line.sku, line.quantity, line.grade) for line in returned.lines]


@pytest.mark.parametrize(
    "script,codes",
    [
        (None, ["PU", "OD", "DL"]),
        (Script(order_id=ORDER, door="refuse"), ["PU", "OD", "RF"]),
        (Script(order_id=ORDER, door="lose"), ["PU", "LS"]),
    ],
    ids=["accepted", "refused", "lost"],
)
def test_delivery_is_reported_in_own_words(script: Script | None, codes: list[str]) -> None:
    """A carrier tells each step of the way by its own codes, in the order of time."""
    reports = carrier(script).on_dispatched(dispatched())
    assert all(isinstance(report, RecordTrackingV1) for report in reports)
    assert codes == [report.code for report in reports if isinstance(report, RecordTrackingV1)]
    times = [report.occurred_at for report in reports if isinstance(report, RecordTrackingV1)]
    assert times == sorted(set(times))


def test_cash_is_remitted_once_delivered() -> None:
    """Cash that was taken at the door is told to payment under the attempt of the order; refused, there is none."""
    taken = carrier().on_dispatched(dispatched(collect=700))
    refused = carrier(Script(order_id=ORDER, door="refuse")).on_dispatched(dispatched(collect=700))
    remitted = [each for each in (*taken, *refused) if isinstance(each, RecordStatementLineV1)]
    assert [(f"{ORDER}-1", 700, "WB-1")] == [(each.attempt_id, each.amount, each.reference) for each in remitted]


def test_every_carrier_has_all_words() -> None:
    """Each carrier that a warehouse may choose can say everything."""
    assert set(CARRIERS) == set(VOCABULARY)
    assert 1 == len({frozenset(words) for words in VOCABULARY.values()})


def test_book_outlives_the_process(tmp_path: Path) -> None:
    """Scripts and sent goods are read again from the same file."""
    with closing(WorldBook(path=tmp_path / "world.sqlite3")) as book:
        book.write_script(script=Script(order_id=ORDER, door="refuse"))
        book.keep_sent(shipment=dispatched())
    with closing(WorldBook(path=tmp_path / "world.sqlite3")) as again:
        assert Script(order_id=ORDER, door="refuse") == again.script(order_id=ORDER)
        assert dispatched().lines == again.sent(shipment_id=WAVED.shipment_id)
        assert (None, ()) == (again.script(order_id="other"), again.sent(shipment_id="other"))


def test_derived_id_is_a_uuid7() -> None:
    """The same names and time give the same id of version 7, and its time can be read."""
    one, two, other = (derived_id(at=NOW, of=names) for names in (("a", "b"), ("a", "b"), ("ab",)))
    assert one == two
    assert one != other
    assert ("7", int(NOW.timestamp() * 1000)) == (one[14], int(one.replace("-", "")[:12], 16))
