"""What fulfillment is told from outside."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings
from fulfillment.domain.waves import Policy


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
        str, Field(description="warehouses whose shipments advance by themselves, separated by commas; * is all")
    ] = ""
    step_seconds: Annotated[float, Field(ge=0, le=86_400, description="how long each of their steps takes")] = 5
    order_url: str | None = None
    order_token: SecretStr | None = None

    def policy(self) -> Policy:
        """Return how waves are made."""
        named = (each.strip() for each in self.self_advancing.split(","))
        return Policy(
            capacity=self.wave_capacity,
            window=timedelta(seconds=self.wave_seconds),
            slot_lead=timedelta(seconds=self.slot_lead_seconds),
            self_advancing=frozenset(each for each in named if each),
            step=timedelta(seconds=self.step_seconds),
        )
