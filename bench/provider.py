"""`python -m bench.provider`: the simulated payment provider alone, without warehouses and carriers of the world."""

import asyncio

import httpx
import uvicorn

from simulators.settings import WorldSettings
from simulators.world.serving import build_channel


async def serve(*, settings: WorldSettings) -> None:
    """Answer, and send notices, until the process is told to end."""
    async with httpx.AsyncClient(timeout=5.0) as client:
        app, notifier = build_channel(settings=settings, client=client)

        @app.get("/health/ready")
        async def ready() -> dict[str, str]:
            return {"status": "ready"}

        sending = asyncio.create_task(notifier.run())
        config = uvicorn.Config(
            app, host=settings.http_host, port=settings.http_port, log_level="warning", lifespan="off"
        )
        await uvicorn.Server(config).serve()
        sending.cancel()


if __name__ == "__main__":
    asyncio.run(serve(settings=WorldSettings()))
