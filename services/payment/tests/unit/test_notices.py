"""Notices over HTTP: who proves nothing changes nothing."""

import json
from typing import Any

import pytest

from payment.signatures import NOTICE_ID
from services.payment.tests.examples import notice
from services.payment.tests.shop import BODY, NOW, SIGNER, Shop


async def test_notice_becomes_a_command() -> None:
    """A signed notice needs no token and becomes the fact of its order, under its own id."""
    shop = Shop()
    assert 200 == (await shop.notify()).status_code
    assert [("card:N1", notice())] == shop.commands.taken


@pytest.mark.parametrize("age", [299, 300, -299])
async def test_notice_within_the_window_is_taken(age: int) -> None:
    """A notice of 299 s ago is taken."""
    shop = Shop()
    assert 200 == (await shop.notify(age=age)).status_code


@pytest.mark.parametrize("age", [301, -301])
async def test_notice_outside_the_window_is_refused(age: int) -> None:
    """A notice of 301 s ago is refused, and nothing is published."""
    shop = Shop()
    refused = await shop.notify(age=age)
    assert (401, "timestamp_outside_window") == (refused.status_code, refused.json()["reason"])
    assert [] == shop.commands.taken


async def test_forged_notice_is_refused() -> None:
    """A notice whose body was changed after it was signed is refused."""
    shop = Shop()
    headers = SIGNER.headers(body=b"{}", now=NOW) | {NOTICE_ID: "N1"}
    refused = await shop.post(json.dumps(BODY).encode(), headers)
    assert (401, "signature_does_not_match") == (refused.status_code, refused.json()["reason"])
    assert [] == shop.commands.taken


async def test_token_does_not_replace_the_signature() -> None:
    """The token of the service is no proof of a channel."""
    shop = Shop()
    refused = await shop.post(json.dumps(BODY).encode(), {"Authorization": "Bearer token", NOTICE_ID: "N1"})
    assert 401 == refused.status_code


async def test_signature_does_not_replace_the_token() -> None:
    """Every other address asks for the token."""
    shop = Shop()
    refused = await shop.post(b"{}", SIGNER.headers(body=b"{}", now=NOW), path="/statements")
    assert (401, "unauthorized") == (refused.status_code, refused.json()["reason"])


async def test_repeated_notice_is_answered_by_the_gate() -> None:
    """A notice that was handled is answered at once."""
    shop = Shop()
    await shop.notify()
    again = await shop.notify()
    assert (200, "handled_before", 1) == (again.status_code, again.json()["status"], len(shop.commands.taken))


async def test_gate_that_forgets_changes_nothing() -> None:
    """Without the gate's memory the notice is the same command again: facts decide."""
    shop = Shop()
    await shop.notify()
    shop.replays.ids.clear()
    await shop.notify()
    assert shop.commands.taken[0] == shop.commands.taken[1]


@pytest.mark.parametrize("status", [202, 503])
async def test_unknown_outcome_is_asked_for_again(status: int) -> None:
    """A notice whose outcome is unknown is sent again, and the gate lets it through."""
    shop = Shop()
    shop.commands.status = status
    assert 503 == (await shop.notify()).status_code
    shop.commands.status = 200
    assert 200 == (await shop.notify()).status_code
    assert 2 == len(shop.commands.taken)


@pytest.mark.parametrize("status", [422, 500])
async def test_decided_notice_is_not_sent_again(status: int) -> None:
    """A notice that was refused or set aside for a person is answered, since it would be again."""
    shop = Shop()
    shop.commands.status = status
    assert 200 == (await shop.notify()).status_code


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"amount": -1}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": 100.0}, "amount"),
        ({"amount": "100"}, "amount"),
        ({"amount": 10**16}, "amount"),
        ({"currency": "eur"}, "currency"),
        ({"attempt_id": "17"}, "order_id"),
        ({"kind": "authorised"}, "kind"),
        ({"channel": "alipay"}, "channel"),
        ({"channel": "cash_on_delivery"}, "channel"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"reference": ""}, "reference"),
        ({"reference": "x" * 81}, "reference"),
    ],
)
async def test_notice_of_the_wrong_form_names_the_field(changes: dict[str, Any], field: str) -> None:
    """Wrong figures and words are refused by name, and nothing is published."""
    shop = Shop()
    refused = await shop.notify(**changes)
    assert 422 == refused.status_code
    assert [field] == [each["field"] for each in refused.json()["fields"]]
    assert [] == shop.commands.taken


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"{" * 100_000])
async def test_notice_that_is_not_json_is_refused(body: bytes) -> None:
    """A signed body that cannot be read is refused."""
    shop = Shop()
    assert 422 == (await shop.post(body, SIGNER.headers(body=body, now=NOW) | {NOTICE_ID: "N1"})).status_code


@pytest.mark.parametrize("notice_id", ["", "x" * 121])
async def test_notice_without_an_id_is_refused(notice_id: str) -> None:
    """A notice has an id, by which a repeat is known."""
    assert "notice_id_missing" == (await Shop().notify(notice_id=notice_id)).json()["reason"]


@pytest.mark.parametrize("channel", ["cash_on_delivery", "balance", "bitcoin"])
async def test_channel_that_sends_no_notices_is_refused(channel: str) -> None:
    """Only channels that are machines can call."""
    body = json.dumps(BODY).encode()
    headers = SIGNER.headers(body=body, now=NOW) | {NOTICE_ID: "N1"}
    assert 422 == (await Shop().post(body, headers, path=f"/notices/{channel}")).status_code
