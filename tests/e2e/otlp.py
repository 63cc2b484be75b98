"""A receiver of spans (OTLP over HTTP), for tests that ask whether one order is one trace."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True)
class SpanSeen:
    """A span as a service exported it."""

    service: str
    name: str
    trace_id: str
    attributes: Mapping[str, str]


class SpanReceiver:
    """Takes spans on a port of its own for as long as the `with` block runs."""

    def __init__(self) -> None:
        self._spans: list[SpanSeen] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(body=body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def endpoint(self) -> str:
        """Where services export to."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def take(self, *, body: bytes) -> None:
        """Keep the spans of one export."""
        self._spans.extend(_spans(ExportTraceServiceRequest.FromString(body)))

    def of_order(self, *, order_id: str) -> dict[str, set[str]]:
        """Return by trace id which services have worked on this order in it."""
        found: dict[str, set[str]] = defaultdict(set)
        for span in tuple(self._spans):
            if span.attributes.get("order_id") == order_id:
                found[span.trace_id].add(span.service)
        return dict(found)

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def _spans(request: ExportTraceServiceRequest) -> Iterator[SpanSeen]:
    for resource in request.resource_spans:
        names = {each.key: each.value.string_value for each in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield SpanSeen(
                    service=names["service.name"],
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    attributes={each.key: each.value.string_value for each in span.attributes},
                )
