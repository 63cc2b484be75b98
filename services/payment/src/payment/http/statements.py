"""Statements over HTTP: the body is read line by line."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from chassis.bounds import STREAMED
from chassis.broker import BrokerUnavailable
from chassis.http import HttpPorts
from chassis.problems import problem
from contracts.values import ChannelName, Id
from payment.importing import Format, LineReader, import_statement, lines_of

FORMATS = {"text/csv": Format.CSV, "application/x-ndjson": Format.JSON_LINES, "application/jsonl": Format.JSON_LINES}


def add_statements(router: APIRouter, ports: HttpPorts) -> None:
    """Add the address that takes statements."""

    @router.post("/statements", openapi_extra=STREAMED)
    async def take_statement(
        request: Request,
        statement_id: Annotated[Id | None, Query(description="for lines that name none")] = None,
        channel: Annotated[ChannelName | None, Query(description="for lines that name none")] = None,
    ) -> Response:
        """Publish the lines of a statement as commands; sending a file again changes nothing."""
        given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if given not in FORMATS:
            return problem(415, "unknown_format", f"Content-Type is {given!r}: {', '.join(FORMATS)} are allowed.")
        reader = LineReader(format=FORMATS[given], statement_id=statement_id, channel=channel)
        lines = lines_of(chunks=request.stream())
        try:
            imported = await import_statement(lines=lines, reader=reader, publish=ports.commands.publish)
        except BrokerUnavailable:
            return problem(503, "unknown", "It is unknown which lines were taken. Send the statement again.")
        figures = {"published": imported.published, "refused": imported.refused, "errors": imported.errors}
        if imported.refused:
            return problem(422, "lines_refused", "Lines that cannot be read were left out.", **figures)
        return JSONResponse(figures)
