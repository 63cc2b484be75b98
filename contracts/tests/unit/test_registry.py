"""Tests of the registry, the topics and who takes what."""

import re

import pytest

from contracts.consumers import FEEDS, ORCHESTRATED, SUBSCRIBED_EVENTS, received_by, sent_by
from contracts.ids import order_id
from contracts.registry import REGISTRY, MessageType, Registry
from contracts.topics import PARTITIONS, SERVICES, TOPICS

NAME = re.compile(r"^[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*$")
TAKEN_BY_OTHERS_THAN_SERVICES = {
    "order",  # events of the order are for merchants, customers and analytics
}


@pytest.mark.parametrize("message", REGISTRY.types, ids=lambda each: each.name)
def test_names(message: MessageType) -> None:
    """A type is named <owner>.<what>.v<major>, its model ends with the major, and its key is a field of it."""
    assert NAME.match(message.name)
    assert message.model.__name__.endswith(message.name.rsplit(".", 1)[1].upper())
    assert message.key in message.model.model_fields


def test_one_owner() -> None:
    """Each topic has one owner, and only types of that owner travel in it."""
    owners = {topic.name: topic.owner for topic in TOPICS}
    assert len(owners) == len(TOPICS)
    assert [each.name for each in REGISTRY if owners[each.topic] != each.owner] == []


def test_partitions() -> None:
    """All topics that carry orders have the same number of partitions."""
    assert {topic.partitions for topic in TOPICS if topic.owner in SERVICES} == {PARTITIONS}


def test_subscriptions_exist() -> None:
    """What a service subscribes to is in the registry."""
    wanted = {name for names in (*SUBSCRIBED_EVENTS.values(), *FEEDS.values(), ORCHESTRATED) for name in names}
    assert [name for name in sorted(wanted) if REGISTRY.find(name) is None] == []


def test_every_topic_is_consumed() -> None:
    """Each topic of commands, events and feeds has a consumer among the services, or is for others."""
    taken = {each.topic for service in SERVICES for each in received_by(service=service)}
    for_services = [each for each in REGISTRY if each.owner not in TAKEN_BY_OTHERS_THAN_SERVICES]
    assert {each.topic for each in for_services if each.kind != "dead_letter"} - taken == set()


def test_senders() -> None:
    """Every event is sent by its owner, and order sends the commands of the others."""
    assert {each.name for each in sent_by(service="billing")} == {
        "billing.invoice-issued.v1",
        "billing.invoice-refused.v1",
        "billing.credit-note-issued.v1",
        "billing.credit-note-refused.v1",
        "billing.dead-lettered.v1",
    }
    assert "payment.refund-payment.v1" in {each.name for each in sent_by(service="order")}


def test_dead_letters() -> None:
    """Each service tells of its dead letters on a topic of its own."""
    told = {each.owner: each.topic for each in REGISTRY if each.kind == "dead_letter"}
    assert told == {service: f"{service}.dead-letters" for service in SERVICES}


def test_twice() -> None:
    """A type that stands twice is refused."""
    first = next(iter(REGISTRY))
    with pytest.raises(ValueError, match="stands twice"):
        Registry(types=(first, first))


def test_order_ids() -> None:
    """The order id depends on both parts, and pairs that spell the same text differ."""
    ids = {
        order_id(customer_id=customer, idempotency_key=key)
        for customer, key in [("a", "b:c"), ("a:b", "c"), ("a", "b")]
    }
    assert len(ids) == 3
