"""What contracts say of who takes and sends what is what the services do."""

from datetime import UTC, datetime
from importlib import import_module
from types import ModuleType

import pytest

from chassis.deadletters import dead_letter, dead_letter_row
from chassis.feeds import Feed
from chassis.message import Record, Unreadable
from chassis.publisher import Publisher
from chassis.routes import Routes
from contracts.consumers import FEEDS, received_by, sent_by
from contracts.registry import REGISTRY
from house import tree

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def consumers(*, service: str) -> ModuleType:
    return import_module(f"{service}.consumers")


def routes(*, service: str) -> Routes:
    module = consumers(service=service)
    found = module.ROUTES if hasattr(module, "ROUTES") else module.routes()
    assert isinstance(found, Routes)
    return found


def feeds(*, service: str) -> tuple[Feed, ...]:
    return tuple(getattr(consumers(service=service), "FEEDS", ()))


@pytest.mark.parametrize("service", tree.SERVICES)
def test_routes_are_what_contracts_say(service: str) -> None:
    """A service has a route for each command and event that contracts say it takes, and for no other."""
    said = {each.name for each in received_by(service=service) if each.kind != "feed"}
    real = {type_ for type_ in routes(service=service) if not type_.startswith(("timer.", "answer."))}
    assert said == real


@pytest.mark.parametrize("service", tree.SERVICES)
def test_feeds_are_what_contracts_say(service: str) -> None:
    """A service reads the feeds that contracts say it reads, and no other."""
    assert sorted(FEEDS[service]) == sorted(feed.type for feed in feeds(service=service))


@pytest.mark.parametrize("service", tree.SERVICES)
def test_publisher_is_what_contracts_say(service: str) -> None:
    """A service has a domain event or a request for each message that contracts say it sends, and for no other."""
    publisher: Publisher = import_module(f"{service}.publishers").PUBLISH
    said = {each.name for each in sent_by(service=service) if each.kind != "dead_letter"}
    assert said == {type_.name for _, type_ in publisher._types.values()}


@pytest.mark.parametrize("service", tree.SERVICES)
def test_dead_letter_keeps_its_contract(service: str) -> None:
    """What a service tells of a dead letter says what its contract says, and says nothing of what was in it."""
    record = Record(topic=f"{service}.commands", partition=3, offset=17, key=b"k-1", value=b"secret")
    message = Unreadable(id="m-1", shard=3, error="not JSON", record=record, fingerprint="f", key="k-1")
    letter = dead_letter(message=message, error="not JSON", now=NOON)
    row = dead_letter_row(letter=letter, cause=message, service=service, message_id="d-1")
    type_ = REGISTRY.find(row.type)
    assert type_ is not None
    told = type_.model.model_validate_json(row.payload)
    assert (type_.topic, "k-1") == (row.topic, row.key)
    assert {"message_id": "m-1", "key": "k-1", "topic": record.topic, "partition": 3, "offset": 17} == told.model_dump(
        include={"message_id", "key", "topic", "partition", "offset"}
    )
    assert b"secret" not in row.payload
