"""One order is one trace: a span per message, child of whatever sent it, and the context stored with what it causes.

The trace context of a message travels in its ``traceparent``; the journal stores it with each row that the message
causes, and the relay attaches it. So a trace goes on over crashes and over days. Without an endpoint nothing is
recorded, and the context is passed on as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags

from chassis.gateway import Ask, Gateway, Reply
from chassis.message import FromParked, FromTask, Message
from chassis.verdicts import Handled, Processed
from chassis.verdicts import Verdict as Ending

EXPORT_SECONDS = 5.0
BAD = frozenset({Ending.DEAD})
_TRACEPARENT = re.compile(r"^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def context_of(traceparent: str | None) -> SpanContext | None:
    """Read a W3C traceparent; None when there is none or it is malformed."""
    found = _TRACEPARENT.match(traceparent or "")
    if found is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
    return context if context.is_valid else None


def traceparent_of(context: SpanContext) -> str:
    """Write a W3C traceparent."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def trace_id_of(traceparent: str | None) -> str:
    """Return the trace id of a traceparent, for logs."""
    context = context_of(traceparent)
    return f"{context.trace_id:032x}" if context else ""


@dataclass(slots=True)
class Telemetry:
    """The spans of one service."""

    provider: TracerProvider | None
    tracer: trace.Tracer
    _open: dict[int, Span] = field(default_factory=dict)
    _batch: Span | None = None

    @classmethod
    def to(cls, *, service: str, endpoint: str | None) -> Telemetry:
        """Export to an OTLP endpoint by HTTP, or nowhere."""
        if endpoint is None:
            return cls(provider=None, tracer=trace.NoOpTracer())
        exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + "/v1/traces", timeout=EXPORT_SECONDS)
        return cls.through(service=service, processor=BatchSpanProcessor(exporter))

    @classmethod
    def through(cls, *, service: str, processor: SpanProcessor) -> Telemetry:
        """Hand finished spans to this processor."""
        provider = TracerProvider(resource=Resource.create({"service.name": service}), shutdown_on_exit=False)
        provider.add_span_processor(processor)
        return cls(provider=provider, tracer=provider.get_tracer("chassis"))

    def close(self) -> None:
        """Export what is left, for a bounded time."""
        if self.provider is not None:
            self.provider.force_flush(int(EXPORT_SECONDS * 1000))
            self.provider.shutdown()

    def begin(self, *, batch: Sequence[Message]) -> list[Message]:
        """Open a span per message and one for the batch, linked to them; from here on each message carries its span."""
        if self.provider is None:
            return list(batch)
        spans = [self._span(message) for message in batch]
        links = [Link(span.get_span_context()) for span in spans]
        self._batch = self.tracer.start_span(
            "process batch", links=links, attributes={"messaging.batch.message_count": len(batch)}
        )
        traced: list[Message] = []
        for message, span in zip(batch, spans, strict=True):
            each = replace(message, traceparent=traceparent_of(span.get_span_context()))
            self._open[id(each)] = span
            traced.append(each)
        return traced

    def end(self, *, processed: Processed) -> None:
        """Close the spans of a batch; those of messages that were dropped for a lost shard end without an outcome."""
        for handled in processed.handled:
            span = self._open.pop(id(handled.message), None)
            if span is not None:
                _describe(span, handled)
                span.end()
        for span in self._open.values():
            span.end()
        self._open.clear()
        if self._batch is not None:
            self._batch.end()
            self._batch = None

    @contextmanager
    def span(
        self, *, name: str, kind: SpanKind, traceparent: str | None, attributes: Mapping[str, str] | None = None
    ) -> Iterator[str | None]:
        """Open a span around an HTTP request or a call, and give its traceparent."""
        if self.provider is None:
            yield traceparent
            return
        with self.tracer.start_as_current_span(name, _parent(traceparent), kind, attributes) as span:
            yield traceparent_of(span.get_span_context())

    def _span(self, message: Message) -> Span:
        attributes = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.destination.name": message.record.topic,
            "messaging.destination.partition.id": str(message.record.partition),
            "messaging.message.id": message.id,
            "order_id": message.key,
        }
        if isinstance(message.origin, FromTask):
            attributes["task.kind"] = message.origin.kind
        if isinstance(message.origin, FromParked):
            attributes["parked.tries"] = str(message.origin.tries)
        name = f"process {message.type or 'unreadable'}"
        return self.tracer.start_span(name, _parent(message.traceparent), SpanKind.CONSUMER, attributes)


def traced(gateway: Gateway, telemetry: Telemetry, /) -> Gateway:
    """Put a span around each call of a gateway; the ask carries it, for the headers of the request."""

    async def ask_traced(ask: Ask, /) -> Reply:
        with telemetry.span(
            name=f"call {ask.name}", kind=SpanKind.CLIENT, traceparent=ask.traceparent, attributes={"order_id": ask.key}
        ) as traceparent:
            return await gateway(replace(ask, traceparent=traceparent))

    return ask_traced


def _parent(traceparent: str | None) -> Context:
    context = context_of(traceparent)
    return trace.set_span_in_context(NonRecordingSpan(context)) if context else Context()


def _describe(span: Span, handled: Handled) -> None:
    span.set_attribute("outcome", handled.outcome)
    span.set_attribute("verdict", handled.verdict.value)
    if handled.verdict in BAD:
        span.set_status(StatusCode.ERROR, str((handled.answer or {}).get("reason", "")))
