"""The five services as `app.py` builds them, with addresses that nobody answers."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from pydantic import SecretStr

import billing.app
import billing.settings
import fulfillment.app
import fulfillment.settings
import inventory.app
import inventory.settings
import order.app
import order.settings
import payment.app
import payment.settings
from chassis.service import Service
from chassis.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)

TOKEN = "the token of the test"
SECRET = "a secret that both sides know"
NAMES = ("order", "inventory", "payment", "fulfillment", "billing")


@cache
def service(*, name: str) -> Service:
    """Build a service; nothing is opened."""
    match name:
        case "order":
            return order.app.build(settings=_settings(order.settings.OrderSettings))
        case "inventory":
            return inventory.app.build(settings=_settings(inventory.settings.InventorySettings))
        case "payment":
            return payment.app.build(settings=_settings(payment.settings.PaymentSettings, **_CHANNEL))
        case "fulfillment":
            return fulfillment.app.build(settings=_settings(fulfillment.settings.FulfillmentSettings))
        case _:
            return billing.app.build(settings=_settings(billing.settings.BillingSettings))


_CHANNEL = {
    "channel_url": "http://channel.invalid",
    "channel_secret": SecretStr(SECRET),
    "public_url": "http://shop.invalid",
}


def _settings(of: type[S], **more: object) -> S:
    given = {
        "database_url": SecretStr("postgresql://nobody@database.invalid/none"),
        "kafka_bootstrap": "broker.invalid:9092",
        "api_token": SecretStr(TOKEN),
    }
    return of.model_validate({**given, **more})
