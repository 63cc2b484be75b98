from dataclasses import replace

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from ports import record

from chassis.gateway import Ask, Reply
from chassis.message import FromTask, Message, Unreadable
from chassis.telemetry import Telemetry, context_of, trace_id_of, traced
from chassis.verdicts import Handled, Processed, Verdict

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def message(number: int, *, traceparent: str | None = PARENT, personal: str = "") -> Message:
    value = replace(record(offset=number), value=personal.encode())
    return Unreadable(f"m{number}", 0, "", value, "", type="toy.event.v1", key=f"k{number}", traceparent=traceparent)


def recording() -> tuple[Telemetry, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    return Telemetry.through(service="toy", processor=SimpleSpanProcessor(exporter)), exporter


def processed(messages: list[Message], verdict: Verdict = Verdict.APPLIED) -> Processed:
    answer = {"reason": "poison"} if verdict is Verdict.DEAD else None
    return Processed(handled=tuple(Handled(each, verdict, verdict.value, answer) for each in messages))


def test_a_span_per_message_is_a_child_of_its_sender() -> None:
    """Each message's span continues the sender's trace, and what the message causes carries the span's context."""
    telemetry, exporter = recording()
    traced_batch = telemetry.begin(batch=[message(1)])
    telemetry.end(processed=processed(traced_batch))
    span, batch = exporter.get_finished_spans()
    assert span.parent is not None
    assert (TRACE, "b7ad6b7169203331") == (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}")
    assert f"00-{TRACE}-{span.context.span_id:016x}-01" == traced_batch[0].traceparent
    assert [span.context.span_id] == [link.context.span_id for link in batch.links]


def test_a_message_without_a_trace_begins_one() -> None:
    """A message whose sender has no trace, or a malformed one, is the root of its own."""
    telemetry, exporter = recording()
    batch = telemetry.begin(batch=[message(1, traceparent=None), message(2, traceparent="00-zz-1-01")])
    telemetry.end(processed=processed(batch))
    spans = [span for span in exporter.get_finished_spans() if span.name.startswith("process toy")]
    assert [None, None] == [span.parent for span in spans]
    assert 2 == len({span.context.trace_id for span in spans})


def test_a_dead_letter_is_an_error_span() -> None:
    """The span of a message that ends as a dead letter has the status error and its reason."""
    telemetry, exporter = recording()
    telemetry.end(processed=processed(telemetry.begin(batch=[message(1)]), Verdict.DEAD))
    span = exporter.get_finished_spans()[0]
    assert ("ERROR", "poison") == (span.status.status_code.name, span.status.description)


def test_messages_of_a_lost_shard_end_their_spans() -> None:
    """A span does not stay open because its message was dropped."""
    telemetry, exporter = recording()
    telemetry.begin(batch=[message(1)])
    telemetry.end(processed=Processed(fenced=frozenset({0})))
    assert ["process toy.event.v1", "process batch"] == [span.name for span in exporter.get_finished_spans()]


def test_nothing_of_a_message_is_in_its_span() -> None:
    """Spans hold ids and keys, and nothing of the data."""
    telemetry, exporter = recording()
    origin = FromTask(task_id="t", kind="timer")
    batch = telemetry.begin(batch=[replace(message(1, personal="Alice of Elm Street"), origin=origin)])
    telemetry.end(processed=processed(batch))
    assert "Alice" not in "".join(span.to_json() for span in exporter.get_finished_spans())


def test_without_an_endpoint_the_trace_goes_through() -> None:
    """A service that records nothing passes the context of each message on."""
    telemetry = Telemetry.to(service="toy", endpoint=None)
    batch = telemetry.begin(batch=[message(1)])
    telemetry.end(processed=processed(batch))
    telemetry.close()
    with telemetry.span(name="x", kind=SpanKind.SERVER, traceparent=PARENT) as traceparent:
        assert (PARENT, PARENT) == (batch[0].traceparent, traceparent)


async def test_a_call_carries_its_own_span() -> None:
    """A gateway call is a span of the order's trace, and the request outside is its child."""
    telemetry, exporter = recording()
    asks: list[Ask] = []

    async def gateway(ask: Ask) -> Reply:
        asks.append(ask)
        return Reply.yes()

    await traced(gateway, telemetry)(
        Ask("c1", "charge", "k1", {}, again=False, first_asked_at=None, traceparent=PARENT)
    )
    (span,) = exporter.get_finished_spans()
    assert f"00-{TRACE}-{span.context.span_id:016x}-01" == asks[0].traceparent


@pytest.mark.parametrize("text", [None, "", "00-1", f"00-{'0' * 32}-b7ad6b7169203331-01", "a-b-c-d"])
def test_a_malformed_context_is_none(text: str | None) -> None:
    """What is no trace context is read as none."""
    assert (None, "") == (context_of(text), trace_id_of(text))
