"""The audit itself: every service's own checks, its counters, and all orders page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from order.audit.across import Known, Rule, rules
from order.audit.peers import SERVICES, Peers, Row
from order.audit.report import Report

UNCOUNTED = frozenset({"consumed", "ignored"})
# Order is read first: what it calls ended is final whenever the others are asked. Billing before payment: money is
# taken before it is invoiced.
OTHERS = ("fulfillment", "inventory", "billing", "payment")


async def audit(*, peers: Peers, at_rest: bool) -> Report:
    """Check everything; memory does not grow with the number of orders."""
    report = Report()
    for service in SERVICES:
        for check in await peers.checks(service=service, at_rest=at_rest):
            _note(report, service, check)
        balance(report=report, service=service, status=await peers.status(service=service))
    await _compare(report, peers, rules(at_rest=at_rest))
    return report


def _note(report: Report, service: str, check: Row) -> None:
    report.add(
        invariant=check["invariant"],
        says=check["says"],
        checked=check["checked"],
        violations=(f"{service}: {violation}" for violation in check["violations"]),
    )


def balance(*, report: Report, service: str, status: Row) -> None:
    """Check that what came in by each topic is what became of it: applied, duplicate, conflict, parked or dead."""
    counts: Mapping[str, Mapping[str, int]] = status["counts"]
    ends = {topic: sum(n for name, n in each.items() if name not in UNCOUNTED) for topic, each in counts.items()}
    report.add(
        invariant="I9",
        says="consumed = applied + duplicates + parked + dead-lettered",
        checked=sum(each.get("consumed", 0) for each in counts.values()),
        violations=(
            f"{service}: {topic}: consumed {counts[topic].get('consumed', 0)}, ended {ended}"
            for topic, ended in ends.items()
            if ended != counts[topic].get("consumed", 0)
        ),
    )


async def _compare(report: Report, peers: Peers, all_rules: Sequence[Rule]) -> None:
    for rule in all_rules:
        report.add(invariant=rule.invariant, says=rule.says, checked=0)
    async for known in _orders(peers):
        for rule in all_rules:
            if rule.applies(known):
                wrong = rule.wrong(known)
                said = [f"order {known.order_id} ({known.order.get('state', 'unknown')}): {wrong}"] if wrong else []
                report.add(invariant=rule.invariant, says=rule.says, checked=1, violations=said)


async def _orders(peers: Peers) -> AsyncIterator[Known]:
    """Yield what all services know of each order, one page of order's at a time."""
    after = ""
    async for page in peers.pages(service="order"):
        last = page[-1]["order_id"] if page else None
        facts: dict[str, dict[str, Mapping[str, object]]] = {row["order_id"]: {"order": row["facts"]} for row in page}
        for service in OTHERS:
            async for row in peers.between(service=service, after=after, last=last):
                facts.setdefault(row["order_id"], {})[service] = row["facts"]
        await _look_again(peers, facts, after, last)
        for order_id in sorted(facts):
            yield Known(order_id=order_id, **facts[order_id])
        after = last or after


async def _look_again(
    peers: Peers, facts: dict[str, dict[str, Mapping[str, object]]], after: str, last: str | None
) -> None:
    """An order that was placed after its page was read is none that order does not know; it is left for next time."""
    if all("order" in each for each in facts.values()):
        return
    async for row in peers.between(service="order", after=after, last=last):
        if "order" not in facts.get(row["order_id"], {"order": {}}):
            del facts[row["order_id"]]
