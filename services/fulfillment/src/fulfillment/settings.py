"""What fulfillment is told from outside."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings
from fulfillment.domain.states import ShipmentState
from fulfillment.domain.waves import Policy

GOALS = (ShipmentState.DISPATCHED, ShipmentState.DELIVERED)


class FulfillmentSettings(ServiceSettings):
    """The variables FULFILLMENT_*; the order service's address and token are needed to print recipients only."""

    model_config = SettingsConfigDict(env_prefix="FULFILLMENT_", frozen=True, extra="ignore")

    wave_capacity: Annotated[int, Field(ge=1, le=1_000, description="shipments in one wave")] = 50
    wave_seconds: Annotated[
        float, Field(ge=0, le=86_400, description="the longest wait for a wave; 0 closes at once")
    ] = 30
    slot_lead_seconds: Annotated[
        float, Field(ge=0, le=30 * 86_400, description="how long before its slot a shipment may be picked")
    ] = 4 * 3_600
    self_advancing: Annotated[
        str,
        Field(
            description="warehouses whose shipments advance by themselves, with commas; * is every other one, and "
            "<warehouse>:dispatched goes no further than the carrier"
        ),
    ] = ""
    step_seconds: Annotated[
        float, Field(ge=0, le=86_400, description="how long each of their steps takes; 0: all within one transaction")
    ] = 5
    order_url: str | None = None
    order_token: SecretStr | None = None

    @field_validator("self_advancing")
    @classmethod
    def _readable(cls, self_advancing: str) -> str:
        _goals(self_advancing)
        return self_advancing

    def policy(self) -> Policy:
        """Return how waves are made."""
        return Policy(
            capacity=self.wave_capacity,
            window=timedelta(seconds=self.wave_seconds),
            slot_lead=timedelta(seconds=self.slot_lead_seconds),
            self_advancing=_goals(self.self_advancing),
            step=timedelta(seconds=self.step_seconds),
        )


def _goals(text: str) -> Mapping[str, ShipmentState]:
    """Return how far the shipments of each named warehouse go by themselves."""
    goals = {}
    for each in filter(None, (part.strip() for part in text.split(","))):
        warehouse_id, _, goal = each.partition(":")
        if not warehouse_id or goal not in {"", *GOALS}:
            raise ValueError(f"{each!r}: a warehouse, and {' or '.join(GOALS)} behind a colon")
        goals[warehouse_id] = ShipmentState(goal or ShipmentState.DELIVERED)
    return goals
