"""The checkout as a Restate handler: each step is a `ctx.run`, which Restate journals before the next begins."""

import os
from typing import Any

import restate

from bench.checkout import Checkout
from bench.engines.shop import Shop

CONNECTIONS = 16
OPTIONS: Any = restate.RunOptions()  # as they are: a step is repeated until it succeeds

service = restate.Service("checkout")
shops: list[Shop] = []  # one, for as long as the process serves


@service.handler()
async def carry(ctx: restate.Context, order: Checkout) -> bool:
    """Carry one order, and say whether it was completed."""
    (shop,) = shops
    await ctx.run_typed("place", shop.step, OPTIONS, "place", order)
    if not await ctx.run_typed("reserve", shop.step, OPTIONS, "reserve", order):
        await ctx.run_typed("cancel", shop.step, OPTIONS, "cancel", order)
        return False
    if not await ctx.run_typed("pay", shop.step, OPTIONS, "pay", order):
        await ctx.run_typed("release", shop.step, OPTIONS, "release", order)
        await ctx.run_typed("cancel", shop.step, OPTIONS, "cancel", order)
        return False
    await ctx.run_typed("ship", shop.step, OPTIONS, "ship", order)
    await ctx.run_typed("invoice", shop.step, OPTIONS, "invoice", order)
    return True


_answer: Any = restate.app(services=[service])


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Serve as the SDK does; open and close the shop with the process, which the SDK leaves to others."""
    if scope["type"] != "lifespan":
        await _answer(scope, receive, send)
        return
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            shops.append(await Shop.open(url=os.environ["BENCH_DATABASE_URL"], connections=CONNECTIONS))
            await send({"type": "lifespan.startup.complete"})
        else:
            await shops.pop().pool.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
