from collections.abc import Mapping

import pytest

from chassis.settings import SettingsError, read_settings
from fulfillment.domain.states import ShipmentState
from fulfillment.domain.waves import Policy
from fulfillment.settings import FulfillmentSettings

NEEDED = {
    "FULFILLMENT_DATABASE_URL": "postgresql://localhost/fulfillment",
    "FULFILLMENT_KAFKA_BOOTSTRAP": "localhost:9092",
    "FULFILLMENT_API_TOKEN": "secret",
}
DELIVERED, DISPATCHED = ShipmentState.DELIVERED, ShipmentState.DISPATCHED


def policy(monkeypatch: pytest.MonkeyPatch, self_advancing: str) -> Policy:
    for name, value in {**NEEDED, "FULFILLMENT_SELF_ADVANCING": self_advancing}.items():
        monkeypatch.setenv(name, value)
    return read_settings(of=FulfillmentSettings).policy()


@pytest.mark.parametrize(
    "text, goals",
    [
        ("", {"north": None, "south": None}),
        ("north", {"north": DELIVERED, "south": None}),
        (" north:dispatched , south:delivered,", {"north": DISPATCHED, "south": DELIVERED}),
        ("*:dispatched, south", {"north": DISPATCHED, "south": DELIVERED}),
    ],
)
def test_each_warehouse_has_its_setting(
    monkeypatch: pytest.MonkeyPatch, text: str, goals: Mapping[str, ShipmentState | None]
) -> None:
    """A warehouse is named with how far its shipments go alone, * says it of all that are not named."""
    read = policy(monkeypatch, text)
    assert goals == {each: read.goes_to(warehouse_id=each) for each in goals}


@pytest.mark.parametrize("text", ["north:packed", ":dispatched"])
def test_an_unreadable_warehouse_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A goal that is none, and a goal of no warehouse, is an error that names the variable."""
    with pytest.raises(SettingsError, match="FULFILLMENT_SELF_ADVANCING"):
        policy(monkeypatch, text)
