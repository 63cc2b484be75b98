"""What the world is told from outside: environment variables with the prefix SIMULATORS_."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from simulators.carrier.reactions import Doorstep
from simulators.channel.behaviour import Manners
from simulators.warehouse.reactions import Workmanship
from simulators.world.working import Pace

Share = Annotated[int, Field(ge=0, le=1_000_000, description="a share in parts per million")]
Milliseconds = Annotated[int, Field(ge=0, le=3_600_000)]


class WorldSettings(BaseSettings):
    """The world's addresses and how it misbehaves; as it stands it behaves well."""

    model_config = SettingsConfigDict(env_prefix="SIMULATORS_", frozen=True, extra="ignore")

    kafka_bootstrap: str
    channel_secret: SecretStr
    state_dir: Path
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65_535)] = 8090
    public_url: Annotated[str, Field(description="where services and customers reach the provider")] = (
        "http://127.0.0.1:8090"
    )
    seed: int = 1
    step_ms: Milliseconds = 20
    dropped_answers: Share = 0
    duplicated_notices: Share = 0
    late_notices: Share = 0
    late_ms: Milliseconds = 3_000
    shuffled_ms: Milliseconds = 0
    duplicated_messages: Share = 0
    short_picks: Share = 0
    scrapped_returns: Share = 0
    refused_parcels: Share = 0
    lost_parcels: Share = 0

    @property
    def manners(self) -> Manners:
        """How the provider behaves."""
        return Manners(
            dropped=self.dropped_answers,
            duplicated=self.duplicated_notices,
            late=self.late_notices,
            late_ms=self.late_ms,
            shuffled_ms=self.shuffled_ms,
        )

    @property
    def workmanship(self) -> Workmanship:
        """How the warehouses work."""
        return Workmanship(short=self.short_picks, scrapped=self.scrapped_returns)

    @property
    def doorstep(self) -> Doorstep:
        """How deliveries end."""
        return Doorstep(refused=self.refused_parcels, lost=self.lost_parcels)

    @property
    def pace(self) -> Pace:
        """How fast warehouses and carriers work."""
        return Pace(step_ms=self.step_ms, duplicated=self.duplicated_messages)
