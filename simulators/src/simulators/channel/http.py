"""The provider's addresses: signed ones for shops, and the pay page for customers."""

import csv
import io
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.types import Receive, Scope, Send

from simulators.channel.behaviour import Behaviour
from simulators.channel.page import pay_page
from simulators.channel.protocol import PaymentRequest, RefundRequest, StatementLine
from simulators.channel.provider import ConflictError, ExcessiveError, Provider, UnknownError
from simulators.channel.signatures import ForgedError, Signer

Signed = Callable[[Request], Awaitable[bytes]]
"""Returns the body of a request whose signature is right."""

_STATUS = {UnknownError: 404, ConflictError: 409, ExcessiveError: 422, ForgedError: 401, ValidationError: 400}


class _Form(BaseModel):
    """What a customer fills in; left alone it is what was asked for, once."""

    amount: Annotated[int | None, Field(gt=0, le=10**15)] = None
    again: bool = False


class DroppedResponse(Response):
    """Promises a body and never sends it: the server then drops the connection, and the client knows nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the protocol of ASGI
        """Send the head alone."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})


def shop_routes(
    *, provider: Provider, signer: Signer, behaviour: Behaviour, clock: Callable[[], datetime]
) -> APIRouter:
    """Return the signed addresses."""
    router = APIRouter()

    async def signed(request: Request) -> bytes:
        body = await request.body()
        signer.check(headers=request.headers, body=body, now=int(clock().timestamp()))
        return body

    _payments(router, provider, signed, behaviour)
    _refunds(router, provider, signed, behaviour)

    @router.get("/statements/{day}")
    async def statement(day: date, request: Request, format: Literal["json", "csv"] = "json") -> Response:  # noqa: A002 - the name in the address
        await signed(request)
        found = provider.statement(date=day.isoformat())
        return Response(_csv(found.lines), media_type="text/csv") if format == "csv" else _answer(found)

    return router


def _payments(router: APIRouter, provider: Provider, signed: Signed, behaviour: Behaviour) -> None:
    @router.post("/payments")
    async def open_payment(request: Request) -> Response:
        asked = PaymentRequest.model_validate_json(await signed(request))
        payment, new = provider.open(request=asked, traceparent=request.headers.get("traceparent", ""))
        return _answer(payment, dropped=behaviour.drops(id_=asked.attempt_id, seen=not new))

    @router.get("/payments/{attempt_id}")
    async def show_payment(attempt_id: str, request: Request) -> Response:
        await signed(request)
        return _answer(provider.payment(attempt_id=attempt_id))

    @router.post("/payments/{attempt_id}/close")
    async def close_payment(attempt_id: str, request: Request) -> Response:
        await signed(request)
        try:
            return _answer(provider.close(attempt_id=attempt_id))
        except ConflictError:
            return _answer(provider.payment(attempt_id=attempt_id), status=409)


def _refunds(router: APIRouter, provider: Provider, signed: Signed, behaviour: Behaviour) -> None:
    @router.post("/refunds")
    async def refund(request: Request) -> Response:
        asked = RefundRequest.model_validate_json(await signed(request))
        done, new = provider.refund(request=asked)
        return _answer(done, dropped=behaviour.drops(id_=asked.refund_id, seen=not new))

    @router.get("/refunds/{refund_id}")
    async def show_refund(refund_id: str, request: Request) -> Response:
        await signed(request)
        return _answer(provider.refund_of(refund_id=refund_id))


def customer_routes(*, provider: Provider) -> APIRouter:
    """Return the pay page."""
    router = APIRouter()

    @router.get("/pay/{reference}")
    async def show_page(reference: str) -> HTMLResponse:
        return HTMLResponse(pay_page(payment=provider.page(reference=reference)))

    @router.post("/pay/{reference}")
    async def pay(reference: str, request: Request) -> HTMLResponse:
        form = _Form.model_validate(dict(parse_qsl((await request.body()).decode())))
        return HTMLResponse(pay_page(payment=provider.pay(reference=reference, amount=form.amount, again=form.again)))

    return router


def answer_mistakes(*, app: FastAPI) -> None:
    """Answer what is wrong with a request as JSON."""
    for kind, status in _STATUS.items():
        app.add_exception_handler(kind, _explainer(status))


def _explainer(status: int) -> Callable[[Request, Exception], Response]:
    def explain(_: Request, error: Exception) -> Response:
        words = _first_mistake(error) if isinstance(error, ValidationError) else str(error)
        return JSONResponse({"error": words}, status_code=status)

    return explain


def _first_mistake(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    return f"{field}: {first['msg']}"


def _answer(body: BaseModel, *, status: int = 200, dropped: bool = False) -> Response:
    if dropped:
        return DroppedResponse()
    return Response(body.model_dump_json(), status_code=status, media_type="application/json")


def _csv(lines: tuple[StatementLine, ...]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=tuple(StatementLine.model_fields))
    writer.writeheader()
    writer.writerows(line.model_dump(mode="json") for line in lines)
    return text.getvalue()
