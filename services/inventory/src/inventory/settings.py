"""What inventory is told from outside."""

from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class InventorySettings(ServiceSettings):
    """The variables INVENTORY_*."""

    model_config = SettingsConfigDict(env_prefix="INVENTORY_", frozen=True, extra="ignore")
