from dataclasses import replace
from datetime import timedelta
from typing import Annotated

import pytest
from examples import NOW, task
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError
from toy import service as toy

from chassis.message import FromTask, Incoming, NotForUs, Record, Unreadable, explain, shard_of
from chassis.parser import Parser
from chassis.routes import Routes
from chassis.store.values import ParkedMessage
from chassis.testing import Bench
from contracts.values import Contract

SHARDS = 12
PARSER = Parser(service="toy", routes=toy.ROUTES, registry=toy.REGISTRY, shards=SHARDS)
BENCH = Bench(service="toy", routes=toy.ROUTES, publisher=toy.PUBLISH, registry=toy.REGISTRY, shards=SHARDS)
HOLD = toy.HoldSeatsV1(booking_id="b1", show="hamlet", seats=2)
NUL = b'{"booking_id":"b1","show":"a\\u0000","seats":1}'
GOOD = BENCH.record(HOLD, message_id="m1")


def headers(**changes: bytes | None) -> Record:
    return replace(GOOD, headers=tuple({**dict(GOOD.headers), **changes}.items()))


def unreadable(record: Record) -> Unreadable:
    found = PARSER.record(record=record)
    assert isinstance(found, Unreadable)
    return found


def test_a_good_record_becomes_its_command() -> None:
    """A record of a routed type is read as the command of its route, with the shard of its partition."""
    found = PARSER.record(record=GOOD)
    assert isinstance(found, Incoming)
    assert (found.id, found.key, found.shard) == ("m1", "b1", shard_of("b1", SHARDS))
    assert found.command == toy.HoldSeats("b1", "hamlet", 2, "")
    assert found.record is GOOD


def test_unknown_headers_and_fields_are_ignored() -> None:
    """A newer producer may add headers and fields; even a null one that nobody needs is no harm."""
    value = b'{"booking_id":"b1","show":"x","seats":1,"new":[]}'
    assert isinstance(PARSER.record(record=replace(headers(later=None), value=value)), Incoming)


@pytest.mark.parametrize("trace", [b"\xff", b"\x00", b"nonsense", None])
def test_a_broken_trace_is_no_trace(trace: bytes | None) -> None:
    """A message is worth more than its trace."""
    found = PARSER.record(record=headers(traceparent=trace))
    assert isinstance(found, Incoming)
    assert found.traceparent is None


def test_a_nul_that_nobody_reads_is_no_harm() -> None:
    """A NUL in a field that the contract does not know is left alone, and so are six characters that look like one."""
    for value in (b'{"booking_id":"b1","show":"x","seats":1,"new":"\\u0000"}', NUL.replace(b"\\u", b"\\\\u")):
        assert isinstance(PARSER.record(record=replace(GOOD, value=value)), Incoming)


def test_a_known_type_without_a_route_is_not_for_us() -> None:
    """A type of the registry that the service does not route is passed over."""
    record = BENCH.record(toy.SeatsHeldV1(booking_id="b1", show="x", seats=1))
    assert PARSER.record(record=record) == NotForUs(type="toy.seats-held.v1", record=record)


@pytest.mark.parametrize(
    "record, error",
    [
        (headers(ce_id=None), "header ce_id is missing or null"),
        (headers(ce_id=b"\xff"), "header ce_id is not UTF-8"),
        (headers(ce_id=b""), "header ce_id is empty, too long or not printable"),
        (headers(ce_id=b"m\x00"), "header ce_id is empty, too long or not printable"),
        (headers(ce_id=b"m" * 201), "header ce_id is empty, too long or not printable"),
        (headers(ce_correlationid=b"c\n"), "header ce_correlationid is empty, too long or not printable"),
        (headers(ce_causationid=b"c\x00"), "header ce_causationid is empty, too long or not printable"),
        (headers(ce_fingerprint=b"\x00"), "header ce_fingerprint is empty, too long or not printable"),
        (headers(ce_type=b"toy.hold-seats.v2"), "unknown type 'toy.hold-seats.v2'"),
        (headers(ce_type=b"timer.hold-ended"), "unknown type 'timer.hold-ended'"),
        (headers(ce_time=b"yesterday"), "header ce_time is not RFC 3339: 'yesterday'"),
        (replace(GOOD, headers=()), "header ce_id is missing or null"),
        (replace(GOOD, key=None), "the record has no key"),
        (replace(GOOD, key=b"\xff"), "the key is not UTF-8"),
        (replace(GOOD, key=b"b\x00"), "the key is too long or not printable"),
        (replace(GOOD, value=None), "the record has no value"),
        (replace(GOOD, value=b"x" * 900_000), "the record is too large: "),
        (replace(GOOD, value=b"{"), "toy.hold-seats.v1: message: Invalid JSON"),
        (replace(GOOD, value=b"\xff"), "toy.hold-seats.v1: message: Invalid JSON"),
        (replace(GOOD, value=NUL), "toy.hold-seats.v1: show: the character U+0000 cannot be stored"),
        (replace(GOOD, value=b"[" * 100_000), "toy.hold-seats.v1: message: "),
        (replace(GOOD, value=b'{"booking_id":"b1"}'), "toy.hold-seats.v1: show: Field required; seats: Field required"),
        (replace(GOOD, value=b'{"booking_id":"b1","show":"x","seats":0}'), "toy.hold-seats.v1: seats: "),
        (
            replace(GOOD, value=b'{"booking_id":"b2","show":"x","seats":1}'),
            "booking_id: 'b2' is not the key of",
        ),
        (replace(GOOD, partition=(GOOD.partition + 1) % SHARDS), "key belongs to partition "),
    ],
)
def test_a_bad_record_says_what_is_wrong(record: Record, error: str) -> None:
    """What cannot be read keeps its record and names the header, field or place that is wrong."""
    found = unreadable(record)
    assert found.error[: len(error)] == error
    assert (found.record, found.shard) == (record, record.partition)


def test_an_error_does_not_repeat_the_value() -> None:
    """The error of a broken contract names the field, and not what stood in it."""
    assert "secret" not in unreadable(replace(GOOD, value=b'{"booking_id":"b1","show":"x","seats":"secret"}')).error


def test_a_readable_id_is_kept() -> None:
    """A record that breaks its contract is known by the id in its header, so that who sent it gets an answer."""
    assert unreadable(replace(GOOD, value=b"{")).id == "m1"


def test_a_record_in_the_wrong_partition_does_not_take_the_id() -> None:
    """The same message in the right partition is not its repeat."""
    found = unreadable(replace(GOOD, partition=(GOOD.partition + 1) % SHARDS))
    assert found.id[:24] == "unreadable:toy.commands:"


def test_an_id_of_our_own_is_that_of_place_and_content() -> None:
    """The same record gets the same id; another record at the same offset of a regrown log gets another."""
    bad = headers(ce_id=None)
    ids = {unreadable(bad).id, unreadable(bad).id, unreadable(replace(bad, value=b"other")).id}
    assert len(ids) == 2


def test_a_timer_becomes_a_message_of_its_shard() -> None:
    """A timer's message has the task's id, key, shard and data."""
    found = PARSER.timer(task=task(shard=shard_of("b1", SHARDS)))
    assert isinstance(found, Incoming)
    assert (found.id, found.type, found.command) == ("m-t1", "timer.hold-ended", toy.HoldEnded("b1"))
    assert found.origin == FromTask(task_id="t1", kind="timer")


def test_a_timer_without_a_route_is_unreadable() -> None:
    """A timer that an older version set and nobody handles any more becomes a dead letter, and its task ends."""
    found = PARSER.timer(task=task(name="forgotten", shard=shard_of("b1", SHARDS)))
    assert isinstance(found, Unreadable)
    assert (found.error, found.origin) == ("no route for 'timer.forgotten'", FromTask(task_id="t1", kind="timer"))


def test_an_answer_overlays_the_data_of_its_call() -> None:
    """An answer's command is built from the call's data and the answer, which wins."""
    call = task(kind="call", name="charge", data={"booking_id": "b1", "receipt": "old"}, shard=shard_of("b1", SHARDS))
    found = PARSER.answer(task=call, answer={"verdict": "yes", "receipt": "new"})
    assert isinstance(found, Incoming)
    assert found.command == toy.Charged("b1", "yes", "new")


@pytest.mark.parametrize("first", [PARSER.record(record=GOOD), PARSER.timer(task=task(shard=shard_of("b1", SHARDS)))])
def test_a_parked_message_is_read_as_it_was(first: Incoming) -> None:
    """A parked record or task comes back with its id, command and fingerprint, and the number of its tries."""
    parked = ParkedMessage(
        message_id=first.id, shard=first.shard, record=first.record, reason="early", tries=2, parked_at=NOW
    )
    again = PARSER.parked(parked=parked)
    assert isinstance(again, Incoming)
    assert (again.id, again.command, again.fingerprint) == (first.id, first.command, first.fingerprint)
    assert (again.causation_id, again.correlation_id) == (first.causation_id, first.correlation_id)


def test_a_parked_message_whose_route_is_gone_is_unreadable() -> None:
    """A message that no version of the service wants any more becomes a dead letter when it is tried again."""
    parser = Parser(service="toy", routes=Routes(), registry=toy.REGISTRY, shards=SHARDS)
    parked = ParkedMessage(message_id="m1", shard=1, record=GOOD, reason="early", tries=1, parked_at=NOW)
    found = parser.parked(parked=parked)
    assert isinstance(found, Unreadable)
    assert (found.id, found.error) == ("m1", "no route for toy.hold-seats.v1")


def test_two_routes_for_one_type_are_refused() -> None:
    """A type has one handler."""
    with pytest.raises(ValueError, match=r"toy\.hold-seats\.v1"):
        Routes(toy.ROUTES["toy.hold-seats.v1"], toy.ROUTES["toy.hold-seats.v1"])


some_bytes = st.none() | st.binary(max_size=30)
some_headers = st.lists(st.tuples(st.sampled_from([name for name, _ in GOOD.headers]) | st.text(), some_bytes))


@given(
    head=some_headers,
    keep=st.booleans(),
    key=some_bytes | st.just(GOOD.key),
    value=some_bytes | st.just(GOOD.value) | st.from_regex(rb'\{"booking_id": *"b1", *"seats": [0-9.e-]*,.*\}'),
    partition=st.integers(0, 11) | st.just(GOOD.partition),
)
def test_no_record_makes_the_parser_raise(
    *, head: list[tuple[str, bytes | None]], keep: bool, key: bytes | None, value: bytes | None, partition: int
) -> None:
    """Whatever a producer sends is a value: a message, something for others, or an unreadable record with an error."""
    record = Record(
        topic="toy.commands",
        partition=partition,
        offset=1,
        key=key,
        value=value,
        headers=(*(GOOD.headers if keep else ()), *head),
    )
    found = PARSER.record(record=record)
    assert isinstance(found, Incoming | NotForUs) or (found.error and found.record is record)


def test_the_bench_moves_its_clock() -> None:
    """Time passes on the bench only when it is told to."""
    bench = Bench(service="toy", routes=toy.ROUTES, publisher=toy.PUBLISH, registry=toy.REGISTRY)
    before = bench.clock.now()
    bench.advance(timedelta(days=1))
    assert bench.clock.now() - before == timedelta(days=1)


def test_a_list_is_not_blamed_for_its_items() -> None:
    """Of a list with a wrong item only the item is named, not that the list has too few good ones."""

    class Line(Contract):
        quantity: Annotated[int, Field(ge=1)]

    class Basket(Contract):
        lines: Annotated[tuple[Line, ...], Field(min_length=1)]

    with pytest.raises(ValidationError) as caught:
        Basket.model_validate({"lines": [{"quantity": 0}]})
    assert 2 == len(caught.value.errors())
    assert "lines.0.quantity: Input should be greater than or equal to 1" == explain(caught.value)
