"""The checkout as a DBOS workflow, in the process that has been told of the order; DBOS keeps what each step gave."""

import argparse
import asyncio
import os

from dbos import DBOS, DBOSConfig, SetWorkflowID

from bench.checkout import Checkout
from bench.engines.lines import serve
from bench.engines.shop import Shop

CONNECTIONS = 16

shops: list[Shop] = []  # one, for as long as the process serves


@DBOS.workflow(name="checkout")
async def checkout(order: Checkout) -> bool:
    """Carry one order, and say whether it was completed."""
    (shop,) = shops
    await DBOS.run_step_async({"name": "place"}, shop.step, "place", order)
    if not await DBOS.run_step_async({"name": "reserve"}, shop.step, "reserve", order):
        await DBOS.run_step_async({"name": "cancel"}, shop.step, "cancel", order)
        return False
    if not await DBOS.run_step_async({"name": "pay"}, shop.step, "pay", order):
        await DBOS.run_step_async({"name": "release"}, shop.step, "release", order)
        await DBOS.run_step_async({"name": "cancel"}, shop.step, "cancel", order)
        return False
    await DBOS.run_step_async({"name": "ship"}, shop.step, "ship", order)
    await DBOS.run_step_async({"name": "invoice"}, shop.step, "invoice", order)
    return True


async def carry(order: Checkout) -> bool:
    """Run the workflow of an order, or wait for it where it runs already."""
    with SetWorkflowID(order["order_id"]):
        completed: bool = await checkout(order)
        return completed


async def work(*, port: int, number: int, url: str) -> None:
    """Serve until the process ends."""
    config: DBOSConfig = {
        "name": "checkout",
        "system_database_url": url,
        "sys_db_pool_size": CONNECTIONS,
        "executor_id": str(number),
        "application_version": "1",
        "log_level": "WARNING",
    }
    shops.append(await Shop.open(url=url, connections=CONNECTIONS))
    DBOS(config=config)
    DBOS.launch()
    await serve(port=port, carry=carry)


def main() -> None:
    """Run one of the workers."""
    parser = argparse.ArgumentParser(prog="python -m bench.engines.dbos_worker", description=__doc__)
    parser.add_argument("--number", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(work(port=given.port, number=given.number, url=os.environ["BENCH_DATABASE_URL"]))


if __name__ == "__main__":
    main()
