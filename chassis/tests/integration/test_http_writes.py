"""HTTP writes of the toy teller: commands, answered from the inbox by whichever process is asked."""

import asyncio

import httpx
import pytest
from toys.bank import Bank

DEPOSIT = {"account": "alice", "number": 1, "amount": 7}


async def put(bank: Bank, worker: int, key: str, **body: object) -> httpx.Response:
    async with bank.client(bank.workers[worker]) as client:
        return await client.post("/accounts/alice/deposits", json={**DEPOSIT, **body}, headers={"Idempotency-Key": key})


@pytest.fixture
async def tellers(bank: Bank) -> Bank:
    await bank.start_all(teller=2)
    return bank


async def test_every_process_gives_the_same_answer(tellers: Bank) -> None:
    """The same key and body gets the same answer from the owner of the shard and from the other process."""
    answers = [await put(tellers, worker, "k1") for worker in (0, 1, 0, 1)]
    assert [(200, {"balance": 7})] * 4 == [(each.status_code, each.json()) for each in answers]


async def test_many_at_once_are_done_once(tellers: Bank) -> None:
    """Twenty requests at the same time with one key are one deposit and twenty equal answers."""
    answers = await asyncio.gather(*(put(tellers, number % 2, "k2") for number in range(20)))
    assert [(200, {"balance": 7})] * 20 == [(each.status_code, each.json()) for each in answers]


async def test_a_reused_key_is_refused(tellers: Bank) -> None:
    """The same key with another body is 409 in every process, at once and later, and changes nothing."""
    both = await asyncio.gather(put(tellers, 0, "k3"), put(tellers, 1, "k3", amount=8))
    later = await put(tellers, 0, "k3", amount=9)
    assert [200, 409] == sorted(each.status_code for each in both)
    assert (409, "key_reused") == (later.status_code, later.json()["reason"])


async def test_a_refusal_names_the_field(tellers: Bank) -> None:
    """A rejected command is 422 with the field and what is allowed, and again 422 for the same key."""
    answers = [await put(tellers, worker, "k4", amount=5_000) for worker in (0, 1)]
    expected = (422, "too_much", [{"field": "amount", "allowed": "1 to 1000"}])
    assert [expected] * 2 == [(each.status_code, each.json()["reason"], each.json()["fields"]) for each in answers]


async def test_a_wrong_form_names_the_field(tellers: Bank) -> None:
    """A body that breaks the contract is 422 with the name of the field, and is not published."""
    answer = await put(tellers, 0, "k5", amount=0)
    assert (422, ["amount"]) == (answer.status_code, [each["field"] for each in answer.json()["fields"]])
    assert {} == (await tellers.status(tellers.workers[0]))["counts"].get("teller.commands", {})


async def test_a_write_needs_a_key_and_a_token(tellers: Bank) -> None:
    """Without an Idempotency-Key a write is 400, without the token 401."""
    worker = tellers.workers[0]
    async with tellers.client(worker) as client:
        keyless = await client.post("/accounts/alice/deposits", json=DEPOSIT)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{worker.port}") as client:
        tokenless = await client.post("/accounts/alice/deposits", json=DEPOSIT, headers={"Idempotency-Key": "k"})
        status = await client.get("/status")
    assert [400, 401, 401] == [keyless.status_code, tokenless.status_code, status.status_code]
