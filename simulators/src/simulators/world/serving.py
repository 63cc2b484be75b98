"""Puts the world together: one HTTP server with the provider and the desk for scripts, and the followers beside it."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response

from simulators.carrier.reactions import Carrier
from simulators.chance import Chance
from simulators.channel.behaviour import Behaviour
from simulators.channel.http import answer_mistakes, customer_routes, shop_routes
from simulators.channel.notices import Notifier
from simulators.channel.provider import Provider, utc_now
from simulators.channel.record import Record
from simulators.channel.signatures import Signer
from simulators.publishing import Publisher
from simulators.settings import WorldSettings
from simulators.warehouse.reactions import Warehouse
from simulators.world.scripts import Script, WorldBook
from simulators.world.working import Worker, run_carrier, run_warehouse


def build_channel(*, settings: WorldSettings, client: httpx.AsyncClient) -> tuple[FastAPI, Notifier]:
    """Return the provider's addresses and the loop that sends its notices."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    record = Record(path=settings.state_dir / "channel.sqlite3")
    signer = Signer(secret=settings.channel_secret.get_secret_value().encode())
    behaviour = Behaviour(manners=settings.manners, chance=Chance(seed=settings.seed))
    notifier = Notifier(record=record, signer=signer, client=client, clock=utc_now)
    provider = Provider(
        record=record, behaviour=behaviour, base_url=settings.public_url, clock=utc_now, wake=notifier.wake
    )
    app = FastAPI(title="Payment provider (simulated)")
    app.include_router(shop_routes(provider=provider, signer=signer, behaviour=behaviour, clock=utc_now))
    app.include_router(customer_routes(provider=provider))
    answer_mistakes(app=app)
    return app, notifier


def add_desk(*, app: FastAPI, book: WorldBook, signer: Signer) -> None:
    """Add the address at which the shopper leaves scripts, and the one that says that the world is up."""

    @app.put("/scripts/{order_id}", status_code=204)
    async def write_script(order_id: str, request: Request) -> Response:
        body = await request.body()
        signer.check(headers=request.headers, body=body, now=int(utc_now().timestamp()))
        script = Script.model_validate_json(body)
        book.write_script(script=script.model_copy(update={"order_id": order_id}))
        return Response(status_code=204)

    @app.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}


async def serve(*, settings: WorldSettings) -> None:
    """Run the world until the process is told to end, or until a part of it fails."""
    logging.getLogger("uvicorn.error").addFilter(_unless_dropped)
    bootstrap = settings.kafka_bootstrap
    async with (
        httpx.AsyncClient(timeout=5.0) as client,
        Publisher(bootstrap=bootstrap, source="/warehouse") as from_warehouse,
        Publisher(bootstrap=bootstrap, source="/carrier") as from_carrier,
    ):
        app, notifier = build_channel(settings=settings, client=client)
        book = WorldBook(path=settings.state_dir / "world.sqlite3")
        add_desk(app=app, book=book, signer=Signer(secret=settings.channel_secret.get_secret_value().encode()))
        warehouse, carrier = _workers(settings=settings, book=book)
        chance = Chance(seed=settings.seed)
        picking = Worker(publisher=from_warehouse, chance=chance, pace=settings.pace)
        driving = Worker(publisher=from_carrier, chance=chance, pace=settings.pace)
        await _until_first_ends(
            server=_server(app=app, settings=settings),
            working=(
                notifier.run(),
                run_warehouse(bootstrap=bootstrap, warehouse=warehouse, worker=picking, book=book),
                run_carrier(bootstrap=bootstrap, carrier=carrier, worker=driving),
            ),
        )


def _workers(*, settings: WorldSettings, book: WorldBook) -> tuple[Warehouse, Carrier]:
    chance = Chance(seed=settings.seed)
    return (
        Warehouse(workmanship=settings.workmanship, chance=chance, scripts=book),
        Carrier(doorstep=settings.doorstep, chance=chance, scripts=book),
    )


def _server(*, app: FastAPI, settings: WorldSettings) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_level="warning",
        timeout_graceful_shutdown=3,
        lifespan="off",
    )
    return uvicorn.Server(config)


async def _until_first_ends(*, server: uvicorn.Server, working: Sequence[Coroutine[Any, Any, None]]) -> None:
    tasks = [asyncio.create_task(each) for each in working]
    serving = asyncio.create_task(server.serve())
    await asyncio.wait([serving, *tasks], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(serving, *tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


def _unless_dropped(entry: logging.LogRecord) -> bool:
    """Hide what uvicorn says of an answer that was dropped on purpose."""
    return "without completing response" not in entry.getMessage()
