"""What the order service is told from outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings
from order.audit.peers import Peer
from order.domain.profiles import ClockName, ProfileName

EVERY_PROFILE = "*"


class OrderSettings(ServiceSettings):
    """The variables ORDER_*."""

    model_config = SettingsConfigDict(env_prefix="ORDER_", frozen=True, extra="ignore")

    clocks: Annotated[
        Mapping[str, Mapping[str, Annotated[int, Field(ge=1)]]],
        Field(description='seconds by profile ("*": all) and clock, as JSON: {"*": {"service_window": 5}}'),
    ] = {}
    audit_peers: Annotated[
        Mapping[str, Peer], Field(description="where the other services are, for the audit, as JSON by service")
    ] = {}
    audit_seconds: Annotated[
        int, Field(ge=0, description="how long after one regular audit the next one begins; 0: no regular audit")
    ] = 3_600

    @property
    def audit_every(self) -> timedelta | None:
        """How long to pause between two audits; none without peers, whose books it could not see."""
        return timedelta(seconds=self.audit_seconds) if self.audit_seconds and self.audit_peers else None

    @property
    def peers(self) -> Mapping[str, Peer]:
        """Where all five services are, this one on its own port."""
        return {"order": Peer(url=f"http://127.0.0.1:{self.http_port}", token=self.api_token), **self.audit_peers}

    @field_validator("clocks")
    @classmethod
    def _known(cls, clocks: Mapping[str, Mapping[str, int]]) -> Mapping[str, Mapping[str, int]]:
        profiles, names = {EVERY_PROFILE, *ProfileName}, set(ClockName)
        unknown = {*clocks} - profiles | {name for each in clocks.values() for name in each} - names
        if unknown:
            raise ValueError(f"{sorted(unknown)}: profiles are {sorted(profiles)}, clocks are {sorted(names)}")
        return clocks
