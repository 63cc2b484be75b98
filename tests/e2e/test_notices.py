"""Notices of channels: forged, replayed and lying ones."""

from datetime import UTC, datetime

import httpx
import orjson
import pytest

from contracts.order import PlaceOrderV1
from e2e.shop import order
from e2e.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")


def notice_of(placed: PlaceOrderV1, *, amount: int | None = None, reference: str = "invented") -> bytes:
    """Return the words of the card channel that it took the money."""
    return orjson.dumps(
        {
            "attempt_id": f"{placed.order_id}-1",
            "order_id": placed.order_id,
            "channel": "card",
            "kind": "captured",
            "reference": reference,
            "currency": "USD",
            "amount": placed.due if amount is None else amount,
            "occurred_at": datetime.now(UTC).isoformat(),
        }
    )


async def post(town: Town, body: bytes, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=town.addresses.urls["payment"], timeout=15) as client:
        return await client.post("/notices/card", content=body, headers={"Content-Type": "application/json", **headers})


async def requested(town: Town) -> PlaceOrderV1:
    """Return an order that waits for its payment."""
    placed = order(("tea", 1))
    await town.send(placed)
    await town.told(placed.order_id, "payment.payment-requested")
    return placed


async def still_unpaid(town: Town, placed: PlaceOrderV1) -> None:
    books = await town.books(placed.order_id)
    assert ("awaiting_payment", 0) == (books["state"], books["captured"])


async def test_forged_notice_changes_nothing(town: Town) -> None:
    """A notice without a signature, with one of another body, or of 301 seconds ago is 401 and changes nothing."""
    placed = await requested(town)
    body = notice_of(placed)
    answers = [
        await post(town, body, **{"X-Notice-Id": "n1"}),
        await post(town, body, **{"X-Notice-Id": "n1", **town.signed(notice_of(placed, amount=1))}),
        await post(town, body, **{"X-Notice-Id": "n1", **town.signed(body, age=301)}),
    ]
    assert [
        (401, "timestamp_missing"),
        (401, "signature_does_not_match"),
        (401, "timestamp_outside_window"),
    ] == [(answer.status_code, answer.json()["reason"]) for answer in answers]
    await still_unpaid(town, placed)


async def test_replayed_notice_is_handled_once(town: Town) -> None:
    """The notice of a capture, sent again under its own and under other ids, is answered and takes nothing more."""
    placed = await requested(town)
    await town.pay(placed.order_id)
    await town.rests(placed.order_id, "completed", captured=placed.due, invoiced=placed.due, gone=1)
    record = await town.world.get(f"/payments/{placed.order_id}-1", headers=town.signed(b""))
    body = notice_of(placed, reference=record.json()["captures"][0]["reference"])
    ids = [f"replay-{number}-{placed.order_id}" for number in (1, 1, 2)]
    answers = [await post(town, body, **{"X-Notice-Id": id_, **town.signed(body)}) for id_ in ids]
    assert ["handled", "handled_before", "handled"] == [answer.json()["status"] for answer in answers]
    await town.rests(placed.order_id, "completed", captured=placed.due, invoiced=placed.due, gone=1)


async def test_notice_that_the_channel_does_not_know_releases_nothing(town: Town) -> None:
    """Signed words of money that the channel's own record does not have open an exception, and nothing is shipped."""
    placed = await requested(town)
    body = notice_of(placed)
    answer = await post(town, body, **{"X-Notice-Id": f"lie-{placed.order_id}", **town.signed(body)})
    assert 200 == answer.status_code
    mismatch = await town.told(placed.order_id, "payment.payment-mismatched")
    assert "MISSING_IN_CHANNEL" == mismatch["classified"]
    assert [] == town.tape.of(placed.order_id, "order.confirmed", "fulfillment.shipments-created")


async def test_notice_that_the_channel_does_not_know_pays_nothing_back(town: Town) -> None:
    """Signed words of a second capture that the channel does not have open an exception, and no money goes back."""
    placed = await requested(town)
    await town.pay(placed.order_id)
    await town.rests(placed.order_id, "completed", captured=placed.due, invoiced=placed.due, gone=1)
    body = notice_of(placed)
    answer = await post(town, body, **{"X-Notice-Id": f"more-{placed.order_id}", **town.signed(body)})
    assert 200 == answer.status_code
    assert "MISSING_IN_CHANNEL" == (await town.told(placed.order_id, "payment.exception-opened"))["classified"]
    await town.rests(placed.order_id, "completed", captured=placed.due, invoiced=placed.due, gone=1)


@pytest.mark.parametrize(
    "body, field",
    [(b"{", "body"), (b"[]", "body"), (b'{"attempt_id": "a-1", "channel": "card"}', "kind")],
)
async def test_notice_of_the_wrong_form_names_the_field(town: Town, body: bytes, field: str) -> None:
    """A signed notice that cannot be read is 422 and names what is wrong."""
    answer = await post(town, body, **{"X-Notice-Id": "wrong", **town.signed(body)})
    assert (422, "wrong_form") == (answer.status_code, answer.json()["reason"])
    assert field in {each["field"] for each in answer.json()["fields"]}
