import pytest
from examples import NOW
from toy import service as toy

from chassis.decision import Poison
from chassis.message import Incoming
from chassis.parser import Parser
from chassis.store.values import JournalRow
from chassis.testing import Bench
from contracts.envelope import from_headers

BENCH = Bench(service="toy", routes=toy.ROUTES, publisher=toy.PUBLISH, registry=toy.REGISTRY)
PARSER = Parser(service="toy", routes=toy.ROUTES, registry=toy.REGISTRY, shards=1)


def said(event: object) -> JournalRow:
    record = BENCH.record(toy.HoldSeatsV1(booking_id="b1", show="hamlet", seats=2), message_id="m1")
    cause = PARSER.record(record=record)
    assert isinstance(cause, Incoming)
    return toy.PUBLISH.journal(event=event, cause=cause, service="toy", message_id="e1", now=NOW)


def test_an_event_goes_to_the_topic_and_key_of_its_type() -> None:
    """Topic and key come from the registry, the payload from the fields of the event."""
    row = said(toy.SeatsRefused("b7", "sold_out"))
    assert (row.topic, row.key, row.type) == ("toy.events", "b7", "toy.seats-refused.v1")
    assert row.payload == b'{"booking_id":"b7","reason":"sold_out"}'


def test_the_envelope_can_be_read_back() -> None:
    """The headers of a journal row are the envelope of the message."""
    headers = said(toy.SeatsRefused("b7", "x")).headers
    envelope = from_headers(headers=[(name, value.encode()) for name, value in headers.items()])
    assert (envelope.id, envelope.source, envelope.subject, envelope.time) == ("e1", "/toy", "b7", NOW)
    assert (envelope.correlation_id, envelope.causation_id) == ("b1", "m1")


def test_an_event_without_a_contract_is_poison() -> None:
    """What publishers.py does not know is not said."""
    with pytest.raises(Poison, match="HoldSeats has no contract"):
        said(toy.HoldSeats("b1", "hamlet", 1, ""))


def test_an_event_that_breaks_its_contract_is_poison() -> None:
    """A field that the contract refuses is named."""
    with pytest.raises(Poison, match=r"toy.booking-paid.v1 cannot be said: receipt: "):
        said(toy.BookingPaid("b1", "r" * 41))


def test_an_event_that_no_broker_takes_is_poison() -> None:
    """Size is checked when a message is journalled, headers and value together."""
    with pytest.raises(Poison, match=r"toy\.seats-refused\.v1 is too large: "):
        said(toy.SeatsRefused("b1", "x" * 899_900))
