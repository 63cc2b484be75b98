"""One deposit is one trace over both services, seen by an OTLP receiver of the test's own."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.types import Receive, Scope, Send
from toys.bank import TOKEN, Bank, free_port

from chassis.http import Server
from embedded.eventually import eventually

TRACE = "0af7651916cd43dd8448eb211c80319c"


class Receiver:
    """Keeps what is exported to it: (service, span name, trace id, span id, parent span id)."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, str, str, str, str]] = []

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self._keep(ExportTraceServiceRequest.FromString(body))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def _keep(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            names = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                    self.spans.append((names["service.name"], span.name, *ids))


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    app, port = Receiver(), free_port()
    server = Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    yield app, f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def test_one_deposit_is_one_trace(bank: Bank, receiver: tuple[Receiver, str]) -> None:
    """The spans of HTTP, teller, vault, its call outside and the way back are one trace, each a child of its cause."""
    app, url = receiver
    bank.extra["OTLP_ENDPOINT"] = url
    await bank.start_all(teller=1, vault=1)
    async with bank.client(bank.workers[0]) as client:
        headers = {"Idempotency-Key": "k", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
        await client.post("/accounts/a/deposits", json={"account": "a", "number": 5, "amount": 1}, headers=headers)
    wanted = {
        ("teller", "HTTP POST"): "caller",
        ("teller", "process teller.deposit.v1"): "HTTP POST",
        ("vault", "process vault.store.v1"): "process teller.deposit.v1",
        ("teller", "process vault.stored.v1"): "process vault.store.v1",
        ("vault", "call insure"): "process vault.store.v1",
        ("vault", "process answer.insure"): "process vault.store.v1",
    }

    def parents() -> dict[tuple[str, str], str]:
        mine = [span for span in app.spans if span[2] == TRACE]
        names = {span_id: name for _, name, _, span_id, _ in mine} | {"b7ad6b7169203331": "caller"}
        return {(service, name): names.get(parent, "?") for service, name, _, _, parent in mine}

    await eventually(lambda: wanted.keys() <= parents().keys(), within=60)
    assert wanted == {name: parent for name, parent in parents().items() if name in wanted}
    assert TOKEN not in str(app.spans)
