"""One, two, four processes of each service on the same partitions: nothing is lost, and each key keeps its order."""

from collections import defaultdict
from collections.abc import Sequence

import asyncpg

from bench.following import end_offsets, records_between
from bench.house import database_urls
from bench.ours import Ours, opened
from bench.targets.sequence import Sent, Written, compare_sequence
from bench.targets.slices import Row, Session, Slice, carry_slice, print_slices


async def measure_scales(*, session: Session, scales: Sequence[int]) -> list[str]:
    """Print a row per number of processes, each round on houses of their own, and return what is wrong."""
    plan, say = session.plan, session.say
    slices, wrong = defaultdict[str, list[Slice]](list), list[str]()
    for number in range(1, session.rounds + 1):
        for processes in scales:
            name = f"{processes} of each service"
            say(f"round {number} of {session.rounds}: {name}, starting")
            async with opened(workload=plan.workload, processes=processes) as ours:
                row = Row()
                warming = row.take(workload=plan.workload, count=plan.orders // 2)
                await carry_slice(ours=ours, orders=warming, window=plan.window)
                say(f"{plan.orders} orders, {plan.window} in flight")
                orders = row.take(workload=plan.workload, count=plan.orders)
                slices[name].append(await carry_slice(ours=ours, orders=orders, window=plan.window))
                say("verifying")
                found = [*await ours.verify(orders=row.taken), *await _sequence(ours)]
                wrong += [f"{name}: {words}" for words in found]
    print_slices(title="the same orders by more processes", slices=slices, console=session.console)
    if not wrong:
        session.console.print(
            "0 orders lost; 0 of the journalled messages lost, 0 overtaken by a later one of their key"
        )
    return wrong


async def _sequence(ours: Ours) -> list[str]:
    """Compare what the services have journalled with what is on the topics."""
    kafka = ours.house.addresses.kafka
    sent = [
        Sent(message_id=dict(record.headers)["ce_id"].decode(), topic=record.topic)
        async for records in records_between(bootstrap=kafka, begin={}, end=await end_offsets(bootstrap=kafka))
        for record in records
    ]
    written: list[Written] = []
    for url in database_urls(house=ours.house).values():
        connection = await asyncpg.connect(url)
        rows = await connection.fetch("SELECT topic, key, message_id FROM event_log ORDER BY seq")
        written += [Written(message_id=row["message_id"], topic=row["topic"], key=row["key"]) for row in rows]
        await connection.close()
    return compare_sequence(written=written, sent=sent)
