"""Notices of channels: verified, then a command like any other."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from chassis.http import SIGNED, HttpPorts
from chassis.problems import problem
from contracts.payment import RecordChannelFactV1
from contracts.values import Amount, Currency, Id, Moment
from payment.replays import Replays
from payment.signatures import NOTICE_ID, Signer

LARGEST_NOTICE = 64 * 1024
AskedChannel = Literal["alipay", "wechat_pay", "card"]


class Notice(BaseModel):
    """What a channel says; members that we do not know are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    attempt_id: Id
    channel: AskedChannel
    kind: Annotated[
        Literal["captured", "refunded", "closed", "failed"], Field(validation_alias=AliasChoices("kind", "fact"))
    ]
    reference: Annotated[str, Field(min_length=1, max_length=80)]
    currency: Currency
    amount: Annotated[Amount, Field(strict=True)]
    occurred_at: Moment
    refund_id: Id | None = None


LONGEST_ID = 120
ACCEPTED = 202
DECIDED = frozenset({200, 422, 500})
"""Handled, refused, or set aside for an operator: sending the notice again would change nothing."""


def add_notices(router: APIRouter, ports: HttpPorts, *, signer: Signer, replays: Replays) -> None:
    """Add the address that channels call."""

    @router.post("/notices/{channel}", openapi_extra=SIGNED)
    async def take_notice(channel: AskedChannel, request: Request) -> Response:
        """Take a signed notice; 2xx means that it was handled, everything else that it shall be sent again."""
        body = await request.body()
        now = int(ports.clock.now().timestamp())
        if (refusal := _unproven(request, body, signer=signer, now=now)) is not None:
            return refusal
        try:
            command = command_of(channel=channel, body=body)
        except ValidationError as error:
            return _wrong(error)
        notice_id = request.headers[NOTICE_ID]
        if await replays.handled(notice_id=f"{channel}:{notice_id}"):
            return JSONResponse({"status": "handled_before"})
        answer = await ports.commands.submit(request=request, customer=channel, command=command, key=notice_id)
        if answer.status_code in DECIDED:
            await replays.remember(notice_id=f"{channel}:{notice_id}")
            return JSONResponse({"status": "handled"})
        return _again() if answer.status_code == ACCEPTED else answer


def _unproven(request: Request, body: bytes, *, signer: Signer, now: int) -> Response | None:
    forgery = signer.forgery(headers=request.headers, body=body, now=now)
    if forgery is not None:
        return problem(401, forgery.value, "The notice does not prove where it comes from.")
    notice_id = request.headers.get(NOTICE_ID, "")
    if not notice_id or len(notice_id) > LONGEST_ID or not notice_id.isprintable():
        return problem(422, "notice_id_missing", f"{NOTICE_ID} is 1 to {LONGEST_ID} printable characters.")
    return None


def _again() -> Response:
    return problem(503, "unknown", "It is unknown whether the notice was handled. Send it again.")


def command_of(*, channel: str, body: bytes) -> RecordChannelFactV1:
    """Return the command of a notice; a body of the wrong form, or for another channel, is a ValidationError."""
    notice = Notice.model_validate_json(body[:LARGEST_NOTICE])
    return RecordChannelFactV1.model_validate(
        {
            **notice.model_dump(exclude={"kind"}),
            "fact": notice.kind,
            "order_id": notice.attempt_id.rpartition("-")[0],
            "channel": notice.channel if notice.channel == channel else f"{notice.channel}, not {channel}",
        }
    )


def _wrong(error: ValidationError) -> Response:
    fields = [
        {"field": ".".join(map(str, each["loc"])) or "body", "error": each["msg"]}
        for each in error.errors(include_context=False, include_input=False)
    ]
    return problem(422, "wrong_form", "The notice has the wrong form.", fields=fields)
