"""Defects of the fulfillment service: goods that go out twice, or although they were stopped."""

from __future__ import annotations

import pytest

import fulfillment.handlers.shipments
from fulfillment.domain import states
from fulfillment.domain.states import ShipmentState, Trigger


def stopped_goods_sent(patch: pytest.MonkeyPatch) -> None:
    """The warehouse hands over a parcel that was intercepted."""
    patch.setitem(states.TRANSITIONS, (ShipmentState.INTERCEPTED, Trigger.PACK), ShipmentState.PACKED)


def interception_only_promised(patch: pytest.MonkeyPatch) -> None:
    """Shipments are called intercepted and go on."""
    patch.setattr(fulfillment.handlers.shipments, "_stop", lambda *_given: True)
