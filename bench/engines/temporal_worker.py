"""The checkout as a Temporal workflow: each step is an activity, local or not; the client is in the same process."""

import argparse
import asyncio
import os
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker

from bench.checkout import Checkout
from bench.engines.lines import serve
from bench.engines.shop import Shop

CONNECTIONS = 16
QUEUE = "checkout"
WITHIN = timedelta(seconds=60)

shops: list[Shop] = []  # one, for as long as the process serves


@activity.defn
async def step(name: str, order: Checkout) -> bool:
    """Take a step, and say whether it found what it needs; most need nothing."""
    (shop,) = shops
    return await shop.step(name, order)


@workflow.defn
class CheckoutWorkflow:
    """One order."""

    @workflow.run
    async def run(self, order: Checkout, local: bool) -> bool:  # noqa: FBT001 - arguments of a workflow have a place, no name
        """Carry the order, and say whether it was completed."""

        async def take(name: str) -> bool:
            execute = workflow.execute_local_activity if local else workflow.execute_activity
            found: bool = await execute(step, args=[name, order], start_to_close_timeout=WITHIN)
            return found

        await take("place")
        if not await take("reserve"):
            await take("cancel")
            return False
        if not await take("pay"):
            await take("release")
            await take("cancel")
            return False
        await take("ship")
        await take("invoice")
        return True


async def work(*, port: int, address: str, url: str, local: bool) -> None:
    """Serve until the process ends."""
    client = await Client.connect(address)
    shops.append(await Shop.open(url=url, connections=CONNECTIONS))

    async def carry(order: Checkout) -> bool:
        completed: bool = await client.execute_workflow(
            CheckoutWorkflow.run,
            args=[order, local],
            id=order["order_id"],
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            request_eager_start=True,
        )
        return completed

    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[CheckoutWorkflow],
        activities=[step],
        workflow_runner=UnsandboxedWorkflowRunner(),
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
    ):
        await serve(port=port, carry=carry)


def main() -> None:
    """Run the worker."""
    parser = argparse.ArgumentParser(prog="python -m bench.engines.temporal_worker", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--local", action="store_true")
    given = parser.parse_args()
    asyncio.run(work(port=given.port, address=given.address, url=os.environ["BENCH_DATABASE_URL"], local=given.local))


if __name__ == "__main__":
    main()
