"""What billing is told from outside."""

from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class BillingSettings(ServiceSettings):
    """The variables BILLING_*."""

    model_config = SettingsConfigDict(env_prefix="BILLING_", frozen=True, extra="ignore")
