from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from chassis.service import Service
from chassis.settings import ServiceSettings
from toys.messages import REGISTRY, TOPICS
from toys.vault.outside import Insurer
from toys.vault.service import PUBLISH, ROUTES, TABLES


class VaultSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="VAULT_", frozen=True, extra="ignore")

    insurer_url: str


def build(*, settings: VaultSettings) -> Service:
    insurer = Insurer(url=settings.insurer_url)
    return Service(
        name="vault",
        settings=settings,
        registry=REGISTRY,
        topics=TOPICS,
        routes=ROUTES,
        tables=TABLES,
        publisher=PUBLISH,
        package="toys.vault",
        gateways={"insure": insurer.insure},
        closing=(insurer.close,),
    )
