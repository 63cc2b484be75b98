from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic_settings import SettingsConfigDict

from chassis.http import HttpPorts
from chassis.service import Service
from chassis.settings import ServiceSettings
from toys.messages import REGISTRY, TOPICS, DepositV1
from toys.teller.service import FEEDS, PUBLISH, ROUTES, TABLES


class TellerSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TELLER_", frozen=True, extra="ignore")


def routes(ports: HttpPorts) -> APIRouter:
    router = APIRouter()

    @router.post("/accounts/{account}/deposits")
    async def deposit(account: str, body: DepositV1, request: Request) -> Response:
        command = body.model_copy(update={"account": account})
        return await ports.commands.submit(request=request, customer=account, command=command)

    @router.get("/accounts/{account}")
    async def show(account: str) -> Response:
        row = await ports.queries.fetch_one("show_account", account)
        return JSONResponse({"balance": row["balance"]} if row else {}, status_code=200 if row else 404)

    return router


def build(*, settings: TellerSettings) -> Service:
    return Service(
        name="teller",
        settings=settings,
        registry=REGISTRY,
        topics=TOPICS,
        routes=ROUTES,
        tables=TABLES,
        publisher=PUBLISH,
        package="toys.teller",
        feeds=FEEDS,
        http=routes,
    )
