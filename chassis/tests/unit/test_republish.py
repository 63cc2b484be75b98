from datetime import datetime

from ports import NOW
from toys.messages import REGISTRY
from toys.teller.service import PUBLISH, ROUTES

from chassis.message import Incoming, Record, shard_of
from chassis.parser import Parser
from chassis.republish import RepublishLog, republish_listener, republish_records, republish_route, republish_type
from chassis.routes import Routes
from chassis.sources import ManualClock, SeededIds
from chassis.verdicts import Handled, Processed, Verdict

SHARDS = 6


def incoming() -> list[Incoming]:
    clock = ManualClock(NOW)
    parser = Parser(
        service="teller",
        routes=Routes(*ROUTES.values(), republish_route(service="teller")),
        registry=REGISTRY.extended([republish_type(service="teller")]),
        shards=SHARDS,
    )
    records = republish_records(service="teller", since=NOW, shards=SHARDS, clock=clock, ids=SeededIds(clock))
    placed = [
        Record(each.topic, shard_of(each.key.decode(), SHARDS), 0, each.key, each.value, each.headers)
        for each in records
    ]
    parsed = [parser.record(record=record) for record in placed]
    return [each for each in parsed if isinstance(each, Incoming)]


def test_every_shard_is_asked_once() -> None:
    """One message is made for the owner of each shard, and each can be read."""
    messages = incoming()
    assert list(range(SHARDS)) == sorted(message.shard for message in messages)
    assert {NOW} == {message.command.since for message in messages}


def test_an_owner_begins_when_the_message_is_committed() -> None:
    """The relay begins with a message that was applied, not with a repetition of it."""
    begun: list[tuple[int, datetime]] = []
    listen = republish_listener(replay=lambda shard, since: begun.append((shard, since)))
    first, second, *_ = incoming()
    listen(
        processed=Processed(
            handled=(
                Handled(first, Verdict.APPLIED, "applied", None),
                Handled(second, Verdict.DUPLICATE, "applied", None),
            )
        )
    )
    assert [(first.shard, NOW)] == begun


def test_the_message_decides_nothing() -> None:
    """Handling it changes no aggregate and says nothing."""
    message = incoming()[0]
    view: None = None
    decision = message.route.handler(RepublishLog("k", NOW), view, view)  # type: ignore[arg-type] # it looks at neither
    assert ((), (), "applied") == (decision.saves, decision.emits, decision.outcome)
    assert PUBLISH is not None
