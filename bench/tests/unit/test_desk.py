"""An order over HTTP is the order of the topic."""

from bench.desk import body_of
from bench.house import command_of
from bench.workload import Workload
from order.bodies import PlaceBody


def test_a_body_asks_for_the_same_order() -> None:
    """The service makes of the body what the bench publishes by topic, but for the recipient, whom it seals itself."""
    for order in Workload().orders(first=0, count=20):
        command = command_of(
            order_id=order.order_id,
            key=order.key,
            customer=order.customer,
            lines=tuple((line.sku, line.quantity, line.price) for line in order.lines),
        )
        asked = PlaceBody.model_validate(body_of(order=order)).command(key=order.key, recipient=None)
        assert asked.delivery.recipient is None
        sealed = asked.delivery.model_copy(update={"recipient": command.delivery.recipient})
        assert command == asked.model_copy(update={"delivery": sealed})
