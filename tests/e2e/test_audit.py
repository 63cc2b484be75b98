"""The audit of the running house: clean while orders live, and right about every damage that is done to a database."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from contracts.order import CancelOrderV1
from e2e.damage import DAMAGES, UNEXPLAINED, Damage, Ruin
from e2e.shop import order
from e2e.town import Town
from embedded.eventually import eventually
from order.audit.auditor import audit
from order.audit.peers import Peer, Peers
from order.audit.report import INVARIANTS, Report
from simulators.house.embedded import EmbeddedHouse

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ruin(house: EmbeddedHouse, town: Town) -> Ruin:
    """A house with an order that is completed and one that was cancelled when it was paid."""
    paid, cancelled = order(("tea", 2)), order(("tea", 3))
    await town.script(cancelled.order_id, pick="hold")
    await town.send(paid, cancelled)
    for each in (paid, cancelled):
        await town.pay(each.order_id)
    await town.told(cancelled.order_id, "order.confirmed")
    await town.send(CancelOrderV1(order_id=cancelled.order_id, by="customer", reason="changed_mind"))
    await town.rests(paid.order_id, "completed", captured=paid.due, invoiced=paid.due, gone=1)
    await town.rests(cancelled.order_id, "cancelled", captured=cancelled.due, refunded=cancelled.due)
    async with auditor(house) as peers:
        async for page in peers.journal(service="order", at_rest=True):
            for row in page:
                if (row["key"], row["type"]) == (paid.order_id, "inventory.reserve-stock.v1"):
                    return Ruin(
                        house=house, paid=paid.order_id, cancelled=cancelled.order_id, message=row["message_id"]
                    )
    raise AssertionError("the reservation of the paid order was not journalled")


def peers_of(house: EmbeddedHouse) -> dict[str, Peer]:
    """Return where the services are."""
    addresses = house.addresses
    return {name: Peer(url=addresses.urls[name], token=SecretStr(token)) for name, token in addresses.tokens.items()}


def auditor(house: EmbeddedHouse) -> Peers:
    """Return the services as the audit asks them."""
    return Peers(peers=peers_of(house))


async def audited(house: EmbeddedHouse) -> Report:
    """Audit the house while it lives."""
    async with auditor(house) as peers:
        return await audit(peers=peers, at_rest=False, settle_seconds=0.5)


def under(report: Report, invariant: str) -> list[str]:
    """Return the violations of an invariant in words."""
    return [each.words for name, _, finding in report.findings() if name == invariant for each in finding.shown]


async def test_a_sound_house_has_no_violation(ruin: Ruin, town: Town) -> None:
    """While orders live, every invariant is checked over all services, and none is broken."""

    async def clean() -> bool:
        report = await audited(ruin.house)
        assert {*INVARIANTS} == {name for name, _, finding in report.findings() if finding.checked}
        return report.exit_code == 0

    await town.until(clean)


async def test_every_invariant_is_damaged() -> None:
    """There is damage for each of the nine invariants."""
    assert {*INVARIANTS} == {damage.invariant for damage in DAMAGES.values()}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
async def test_damage_is_named(ruin: Ruin, damage: Damage) -> None:
    """What was broken behind a service's back is named under its invariant, and is gone when it is mended."""
    expected = ruin.named(damage.names)

    async def named() -> Report | None:
        report = await audited(ruin.house)
        return report if _names(report, damage.invariant, expected) else None

    async with ruin.damaged(damage):
        # What is younger than a minute is still under way, and is not looked at before.
        broken = await eventually(named, within=120.0)
    assert broken is not None
    assert 1 == broken.exit_code
    assert not _names(await audited(ruin.house), damage.invariant, expected)


def _names(report: Report, invariant: str, expected: str) -> bool:
    return any(words.startswith(expected) for words in under(report, invariant))


async def test_a_silent_service_leaves_the_others_audited(ruin: Ruin) -> None:
    """With a service that does not answer the audit says which, checks the rest, and ends with exit code 2."""
    away = {**peers_of(ruin.house), "billing": Peer(url="http://127.0.0.1:1", token=SecretStr("any"))}
    async with Peers(peers=away) as asked:
        report = await audit(peers=asked, at_rest=False, settle_seconds=0.5)
    assert ["billing"] == [*report.silent]
    assert {"I1", "I2", "I3", "I6", "I8", "I9"} <= {name for name, _, finding in report.findings() if finding.checked}


@asynccontextmanager
async def opened(ruin: Ruin, town: Town, sku: str) -> AsyncIterator[dict[str, Any]]:
    """Write off a unit of a sku that nobody moved, and give the exception that the regular audit opens of it."""
    found: list[dict[str, Any]] = []

    async def seen() -> bool:
        listed = await town.clerk.ask(service="order", path="/exceptions", limit=1_000)
        found[:] = [
            each for each in listed if each["subject"] == f"sku {sku}" and each["says"].startswith("received =")
        ]
        return bool(found)

    async with ruin.damaged(UNEXPLAINED[sku]):
        await town.until(seen)
        (exception,) = found
        yield exception


async def shown(town: Town, number: str) -> dict[str, Any]:
    """Return an exception, open or closed."""
    page = {"after": number[:-1], "include_closed": True, "limit": 1_000}
    listed = await town.clerk.ask(service="order", path="/exceptions", **page)
    found: dict[str, Any] = next(each for each in listed if each["exception_id"] == number)
    return found


async def audits(town: Town, count: int) -> None:
    """Wait until so many regular audits were done after now."""
    for _ in range(count):
        before = (await town.clerk.ask(service="order", path="/exceptions/last-audit"))["audited_at"]

        async def done(before: str = before) -> bool:
            last = await town.clerk.ask(service="order", path="/exceptions/last-audit")
            return bool(last["audited_at"] != before)

        await town.until(done)


async def command(house: EmbeddedHouse, *arguments: str) -> tuple[int, str]:
    """Run the audit's command line; return its exit code and what it printed."""
    done = await asyncio.to_thread(
        subprocess.run,
        (sys.executable, "-m", "order", "audit", *arguments),
        env=house.environment(name="order"),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


async def test_the_regular_audit_opens_one_exception(ruin: Ruin, town: Town) -> None:
    """A violation that is found again and again is one exception and one event, listed until it is no longer seen."""
    async with opened(ruin, town, "tea") as first:
        number, opened_at = first["exception_id"], first["opened_at"]
        await audits(town, 2)
        again = await shown(town, number)
        code, words = await command(ruin.house, "--open")
    told = [each for each in town.tape.of(number, "order.exception-opened") if each.data["opened_at"] == opened_at]
    assert (1, "sku tea", "inventory") == (len(told), told[0].data["subject"], told[0].data["owner"])
    assert ("open", "I1", opened_at) == (again["state"], again["invariant"], again["opened_at"])
    assert (1, True) == (code, number in words)
    assert again["age_seconds"] >= first["age_seconds"]
    await town.until(lambda: is_closed(town, number))
    after = await shown(town, number)
    assert ("audit", "no longer seen") == (after["closed_by"], after["reason"])
    assert "no longer seen" == (await town.told(number, "order.exception-closed"))["reason"]


async def is_closed(town: Town, number: str) -> bool:
    """Return whether an exception is closed."""
    return bool((await shown(town, number))["state"] == "closed")


async def test_an_operator_closes_an_exception(ruin: Ruin, town: Town) -> None:
    """What a person closed with a reason stays closed while the same is found; to close it twice is refused."""
    async with opened(ruin, town, "lamp") as found:
        number = found["exception_id"]
        nameless, _ = await command(ruin.house, "--close", number)
        code, _ = await command(ruin.house, "--close", number, "--who", "ann", "--reason", "recounted by hand")
        await audits(town, 2)
        after = await shown(town, number)
        twice, words = await command(ruin.house, "--close", number, "--who", "bob", "--reason", "me too")
    assert (2, 0, 1) == (nameless, code, twice)
    assert "already_closed" in words
    assert ("closed", "ann", "recounted by hand") == (after["state"], after["closed_by"], after["reason"])
    assert "ann" == (await town.told(number, "order.exception-closed"))["closed_by"]
