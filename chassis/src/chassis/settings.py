"""What a service is told from outside: environment variables with the service's prefix, read once in ``__main__``."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

S = TypeVar("S", bound="ServiceSettings")


class SettingsError(Exception):
    """One or more environment variables are missing or wrong; the message names each of them."""


class DatabaseSettings(BaseSettings):
    """What a migration needs: whoever may change the schema need not hold the keys of the service."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: SecretStr


class ServiceSettings(DatabaseSettings):
    """What every service needs; a service derives from it and sets its own ``env_prefix``."""

    kafka_bootstrap: str
    api_token: SecretStr
    redis_url: str | None = None
    otlp_endpoint: str | None = None
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    log_level: str = "info"
    topic_prefix: Annotated[str, Field(description="set by tests that share a broker; empty everywhere else")] = ""
    database_pool: Annotated[int, Field(ge=2, le=100)] = 8
    batch_size: Annotated[int, Field(ge=1, le=5_000, description="messages in one write")] = 500
    session_timeout_ms: Annotated[
        int, Field(ge=6_000, le=300_000, description="a silent process loses its shards after this")
    ] = 10_000
    command_wait: Annotated[
        float, Field(gt=0, le=30, description="seconds until an unanswered HTTP write says 202")
    ] = 2.0
    drain_seconds: Annotated[
        float, Field(gt=0, le=300, description="how long a stopping process may finish its work")
    ] = 20.0
    stall_seconds: Annotated[float, Field(gt=0, le=3_600, description="no progress for so long ends the process")] = (
        60.0
    )


def read_settings(*, of: type[S]) -> S:
    """Read the environment; SettingsError names each variable that is missing or wrong, and never shows a value."""
    prefix = of.model_config.get("env_prefix", "")
    try:
        return of()
    except ValidationError as error:
        raise _named(error, prefix) from None


def read_database(*, of: type[ServiceSettings]) -> DatabaseSettings:
    """Read only where the service's database is."""
    prefix = of.model_config.get("env_prefix", "")
    try:
        return DatabaseSettings(_env_prefix=prefix)
    except ValidationError as error:
        raise _named(error, prefix) from None


def _named(error: ValidationError, prefix: str) -> SettingsError:
    lines = [f"{prefix}{'_'.join(map(str, each['loc']))}".upper() + f": {each['msg']}" for each in error.errors()]
    return SettingsError("\n".join(lines))
