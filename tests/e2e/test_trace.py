"""One order is one trace over all five services."""

import pytest

from e2e.otlp import SpanReceiver
from e2e.shop import order
from e2e.town import Town
from embedded.eventually import eventually
from simulators.house.addresses import SERVICES

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_one_order_is_one_trace(town: Town, spans: SpanReceiver) -> None:
    """All spans of an order, from the command to the invoice, in all services and over the provider, are one trace."""
    placed = order(("tea", 1), ("lamp", 1))
    await town.place_over_http(placed)
    await town.pay(placed.order_id)
    await town.rests(placed.order_id, "completed", captured=placed.due, invoiced=placed.due, gone=2)

    def services() -> set[str]:
        return {service for found in spans.of_order(order_id=placed.order_id).values() for service in found}

    await eventually(lambda: services() == set(SERVICES), within=15)
    assert [set(SERVICES)] == list(spans.of_order(order_id=placed.order_id).values())
