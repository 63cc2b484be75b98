"""The auditor over five services that answer from dictionaries."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from chassis.gateway import Ask, Verdict
from order.audit.auditor import audit
from order.audit.gateway import Auditor
from order.audit.peers import SERVICES, Peer, Peers
from order.audit.report import SHOWN, Report, Violation

Books = Mapping[str, Mapping[str, Any]]

COMPLETED: Books = {
    "order": {"state": "completed", "terminal": True, "accepted": True},
    "inventory": {"reserved": 0},
    "payment": {"captured": 900, "refunded": 0, "in_flight": 0, "tenders_held": 100, "due": 900},
    "fulfillment": {"open": 0, "gone": 1},
    "billing": {"invoiced": 900, "credited": 0},
}
CANCELLED: Books = {
    "order": {"state": "cancelled", "terminal": True, "accepted": True},
    "inventory": {"reserved": 0},
    "payment": {"captured": 900, "refunded": 900, "in_flight": 0, "tenders_held": 0, "due": 900},
    "fulfillment": {"open": 0, "gone": 0},
}
PAYING: Books = {
    "order": {"state": "awaiting_payment", "terminal": False, "accepted": True},
    "inventory": {"reserved": 3},
    "payment": {"captured": 0, "refunded": 0, "in_flight": 0, "tenders_held": 100, "due": 900},
}


@dataclass
class House:
    """Five services with these books; each order is written as what each service knows of it.

    ``later`` replaces the orders when they were read to the end once; ``down`` are services that do not answer.
    """

    orders: Mapping[str, Books]
    checks: Mapping[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    counts: Mapping[str, Any] = field(default_factory=dict)
    later: Mapping[str, Books] | None = None
    down: frozenset[str] = frozenset()
    journals: Mapping[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    inboxes: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)

    def answer(self, request: httpx.Request) -> httpx.Response:
        service, query = request.url.host, request.url.params
        assert request.headers["authorization"] == f"Bearer token-of-{service}"
        if service in self.down:
            return httpx.Response(503)
        answers: Mapping[str, Callable[[], Any]] = {
            "/audit": lambda: self.checks.get(service, []),
            "/status": lambda: {"counts": self.counts.get(service, {})},
            "/audit/orders": lambda: self._page(service, query),
            "/audit/journal": lambda: self._journal(service, query),
            "/audit/inbox": lambda: self._known(service, json.loads(request.content)["ids"]),
        }
        return httpx.Response(200, json=answers[request.url.path]())

    def _journal(self, service: str, query: httpx.QueryParams) -> list[Mapping[str, Any]]:
        rows = [row for row in self.journals.get(service, []) if row["place"] > query.get("after", "")]
        return rows[: int(query["limit"])]

    def _known(self, service: str, ids: list[str]) -> Mapping[str, str | None]:
        inbox = self.inboxes.get(service, {})
        return {id_: inbox[id_] for id_ in ids if id_ in inbox}

    def _page(self, service: str, query: httpx.QueryParams) -> list[Mapping[str, Any]]:
        known = sorted((order_id, books[service]) for order_id, books in self.orders.items() if service in books)
        found: list[Mapping[str, Any]] = [
            {"order_id": id_, "facts": facts} for id_, facts in known if id_ > query["after"]
        ]
        if service == "payment" and not found and self.later is not None:
            self.orders = self.later
        return found[: int(query["limit"])]

    async def audit(self, *, at_rest: bool = False, page: int = 2) -> Report:
        peers = {each: Peer(url=f"http://{each}", token=SecretStr(f"token-of-{each}")) for each in SERVICES}
        async with Peers(peers=peers, page=page, transport=httpx.MockTransport(self.answer)) as asked:
            return await audit(peers=asked, at_rest=at_rest, settle_seconds=0)


def changed(books: Books, service: str, **facts: Any) -> Books:
    return {**books, service: {**books.get(service, {}), **facts}}


def violations(report: Report) -> list[str]:
    return [line.strip() for line in report.lines() if line.startswith("    ")]


async def test_sound_books_have_no_violation() -> None:
    """Orders that are completed, cancelled or under way as they should be violate nothing."""
    house = House({"a": COMPLETED, "b": CANCELLED, "c": PAYING, "d": COMPLETED, "e": CANCELLED})
    report = await house.audit(at_rest=True)
    assert [] == violations(report)
    assert "audit: 9 invariants, 19 checked, 0 violations" == list(report.lines())[-1]


@pytest.mark.parametrize(
    "books, says",
    [
        (changed(COMPLETED, "billing", credited=1), "I2 kept 900, invoiced and not credited 899"),
        (changed(COMPLETED, "payment", captured=899), "I4 invoiced 900, captured 899"),
        (changed(COMPLETED, "inventory", reserved=2), "I3 reserved 2"),
        (changed(COMPLETED, "fulfillment", open=1), "I3 open shipments 1"),
        (changed(CANCELLED, "fulfillment", gone=1), "I4 shipments gone 1"),
        (changed(CANCELLED, "inventory", reserved=1), "I7 reserved 1"),
        (changed(CANCELLED, "payment", refunded=899), "I7 kept 1"),
        (changed(CANCELLED, "payment", tenders_held=5), "I7 tenders held 5"),
        (changed(CANCELLED, "fulfillment", open=1), "I7 open shipments 1"),
        (changed(CANCELLED, "billing", invoiced=5), "I7 invoiced 5"),
        (changed(changed(CANCELLED, "order", state="rejected"), "inventory", reserved=1), "I7 reserved 1"),
        ({"payment": PAYING["payment"]}, "I3 payment know it, order does not"),
    ],
)
async def test_services_that_disagree_are_found(books: Books, says: str) -> None:
    """An order of which two services say what cannot both be true is named under its invariant."""
    report = await House({"a": COMPLETED, "x": books}).audit()
    invariant, _, wrong = says.partition(" ")
    state = books.get("order", {}).get("state", "unknown")
    lines = list(report.lines())
    start = next(number for number, line in enumerate(lines) if line.startswith(invariant))
    assert any(f"    order: order x: {state}, {wrong}" == line for line in lines[start + 1 : start + 3])


async def test_a_refund_under_way_is_excused_until_rest() -> None:
    """A late capture that is being paid back is no violation while it is, and one at rest."""
    house = House({"x": changed(CANCELLED, "payment", captured=1_800, in_flight=900)})
    assert [] == violations(await house.audit())
    assert 2 == len(violations(await house.audit(at_rest=True)))


async def test_goods_that_are_nowhere_are_found() -> None:
    """An order that waits for its goods at rest, and has no shipment that could move it, is named."""
    waiting = changed(PAYING, "order", state="awaiting_receipt")
    assert 1 == len(violations(await House({"x": waiting}).audit(at_rest=True)))
    assert [] == violations(await House({"x": changed(waiting, "fulfillment", gone=1)}).audit(at_rest=True))


async def test_what_looks_wrong_for_a_moment_is_no_violation() -> None:
    """What two services say is looked at again before it counts: they were asked one after the other."""
    refunding = changed(CANCELLED, "payment", refunded=899)
    assert [] == violations(await House({"x": refunding}, later={"x": CANCELLED}).audit())
    assert 2 == len(violations(await House({"x": refunding}, later={"x": refunding}).audit()))


async def test_an_order_that_is_placed_meanwhile_is_no_stranger() -> None:
    """An order that others know, since it was placed after order was asked, is no violation."""
    stranger = {name: facts for name, facts in PAYING.items() if name != "order"}
    house = House({"a": COMPLETED, "b": stranger}, later={"a": COMPLETED, "b": PAYING})
    assert [] == violations(await house.audit())


async def test_goods_without_shipment_are_found_while_others_live() -> None:
    """An order that waits for its goods without a saga and has no shipment at all is named before rest, too."""
    waiting = changed(PAYING, "order", state="awaiting_pick", running=False)
    assert ["order: order x: awaiting_pick, it has no shipment"] == violations(await House({"x": waiting}).audit())
    for excused in (changed(waiting, "order", running=True), changed(waiting, "fulfillment", astray=1)):
        assert [] == violations(await House({"x": excused}).audit())


async def test_each_service_speaks_for_its_own_books() -> None:
    """A violation that a service finds in its own books is told in its name."""
    check = {"invariant": "I1", "says": "movements sum to counters", "checked": 7, "violations": ["sku 5: 3, not 4"]}
    report = await House({}, checks={"inventory": [check]}).audit()
    lines = list(report.lines())
    assert ["I1 stock: 1 wrong: movements sum to counters (7)", "    inventory: sku 5: 3, not 4"] == lines[:2]


async def test_counters_that_do_not_balance_are_found() -> None:
    """A topic of which more was consumed than ended is named; what no route is for does not count."""
    sound = {"consumed": 5, "applied": 3, "duplicate": 1, "dead": 1, "ignored": 9}
    counts = {"order": {"order.commands": sound}, "billing": {"billing.commands": {"consumed": 5, "applied": 4}}}
    report = await House({}, counts=counts).audit()
    assert ["billing: billing.commands: consumed 5, ended 4"] == violations(report)


async def test_a_silent_service_is_named_and_the_others_are_asked() -> None:
    """A service that does not answer is named with exit code 2; what the others know is still checked."""
    check = {"invariant": "I1", "says": "movements sum to counters", "checked": 7, "violations": []}
    house = House({"a": COMPLETED}, checks={"inventory": [check]}, down=frozenset({"payment"}))
    report = await house.audit()
    lines = list(report.lines())
    assert (2, ["payment"]) == (report.exit_code, [*report.silent])
    assert "I1 stock: ok: movements sum to counters (7)" == lines[0]
    assert lines[-2].startswith("not asked: payment: does not answer /status: HTTPStatusError(")
    assert lines[-1].endswith("0 violations, 1 of 5 services silent")


@pytest.mark.parametrize("down", SERVICES)
async def test_no_rule_is_judged_without_a_word_that_it_needs(down: str) -> None:
    """An order of which a silent service might know more is not called a violation."""
    report = await House({"a": COMPLETED, "b": CANCELLED}, down=frozenset({down})).audit(at_rest=True)
    assert ([], 2) == (violations(report), report.exit_code)


async def test_a_violation_beside_a_silent_service_is_a_violation() -> None:
    """What is surely wrong is told with exit code 1 even when a service is silent."""
    shipped = changed(CANCELLED, "fulfillment", gone=1)
    report = await House({"x": shipped}, down=frozenset({"billing"})).audit()
    assert (1, ["order: order x: cancelled, shipments gone 1"]) == (report.exit_code, violations(report))


async def test_a_peer_that_is_not_told_of_is_named() -> None:
    """A service of which the settings do not say where it is counts as silent."""
    async with Peers(peers={}) as peers:
        report = await audit(peers=peers, at_rest=False)
    assert ({*SERVICES}, {"is not in ORDER_AUDIT_PEERS"}) == ({*report.silent}, {*report.silent.values()})


async def test_silent_services_are_a_part_of_the_answer_to_the_regular_audit() -> None:
    """The call of the regular audit ends with what was found, and with no fact seen whole while a service is silent."""
    ask = Ask(id="audit:1", name="audit", key="audit", data={}, again=False, first_asked_at=None)
    reply = await Auditor(peers={}, settle_seconds=0)(ask)
    assert (Verdict.YES, [*SERVICES], [], []) == (
        reply.verdict,
        reply.data["silent"],
        reply.data["whole"],
        reply.data["violations"],
    )


def test_the_report_stays_short() -> None:
    """However many violations there are, the first twenty are shown and all are counted."""
    report = Report()
    report.add(
        invariant="I1",
        says="it holds",
        checked=1_000,
        violations=(Violation("order", f"v{number}", "") for number in range(500)),
    )
    assert (500, SHOWN) == (report.violations, len(violations(report)))
