"""What payment is told from outside."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class PaymentSettings(ServiceSettings):
    """The variables PAYMENT_*."""

    model_config = SettingsConfigDict(env_prefix="PAYMENT_", frozen=True, extra="ignore")

    channel_url: Annotated[str, Field(pattern="^https?://", description="where the channels are asked")]
    channel_secret: Annotated[SecretStr, Field(min_length=16, description="signs requests and notices")]
    public_url: Annotated[str, Field(pattern="^https?://", description="where channels reach this service")]
