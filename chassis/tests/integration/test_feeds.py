"""The teller's feed of rates on real servers."""

import asyncpg
from aiokafka import AIOKafkaProducer
from toys.bank import Bank, envelope_headers
from toys.books import records_of
from toys.messages import RatePublishedV1

from embedded.eventually import eventually


async def publish(bank: Bank, *rates: RatePublishedV1, broken: bytes | None = None) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bank.bootstrap)
    await producer.start()
    topic = bank.prefix + "bank.rates"
    headers = list(envelope_headers(type_="bank.rate-published.v1", key="safe"))
    for rate in rates:
        await producer.send_and_wait(topic, rate.model_dump_json().encode(), key=rate.safe.encode(), headers=headers)
    if broken is not None:
        await producer.send_and_wait(topic, broken, key=b"broken", headers=headers)
    await producer.stop()


async def rates_of(bank: Bank) -> dict[str, tuple[int, int]]:
    connection = await asyncpg.connect(bank.databases["teller"].admin_url)
    try:
        rows = await connection.fetch("SELECT safe, version, (document ->> 'rate')::int AS rate FROM rates")
        return {row["safe"]: (row["version"], row["rate"]) for row in rows}
    finally:
        await connection.close()


async def test_the_higher_sequence_wins(bank: Bank) -> None:
    """Whatever the order, and whichever process applies it, a lower sequence never replaces a higher one."""
    await bank.start_all(teller=2)
    rates = [
        RatePublishedV1(safe=f"s{n % 5}", rate=sequence, sequence=sequence) for n in range(5) for sequence in (1, 3, 2)
    ]
    await publish(bank, *rates)
    await publish(bank, *reversed(rates))
    await publish(bank, RatePublishedV1(safe="last", rate=1, sequence=1))

    async def is_complete() -> bool:
        return {f"s{n}": (3, 3) for n in range(5)} | {"last": (1, 1)} == await rates_of(bank)

    await eventually(is_complete, within=60)


async def test_a_bad_record_is_set_aside(bank: Bank) -> None:
    """A feed record that breaks its contract becomes a dead letter with its place, and the feed goes on."""
    await bank.start_all(teller=1)
    await publish(bank, broken=b'{"safe": "broken", "rate": -1, "sequence": 1}')
    await publish(bank, RatePublishedV1(safe="good", rate=5, sequence=1))

    async def is_applied() -> bool:
        return {"good": (1, 5)} == await rates_of(bank)

    await eventually(is_applied, within=60)
    letters = await records_of(bank, "teller.dead-letters")
    assert [("bank.rates", "bank.rate-published.v1: rate: Input should be greater than or equal to 0")] == [
        (each["topic"], each["error"]) for each in letters
    ]
