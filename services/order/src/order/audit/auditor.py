"""The audit itself: every service's own checks, its counters, all orders and all messages page by page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from order.audit.across import Known, Rule, rules
from order.audit.letters import follow_letters
from order.audit.peers import SERVICES, Peers, Row, SilentPeer
from order.audit.report import SHOWN, Report, Violation

UNCOUNTED = frozenset({"consumed", "ignored"})
# Order is read first: what it calls ended is final whenever the others are asked. Billing before payment: money is
# taken before it is invoiced.
OTHERS = ("fulfillment", "inventory", "billing", "payment")
SETTLE_SECONDS = 3.0
"""The services are asked one after the other, so what looks wrong between two of them is looked at again after this."""

MOST_SUSPECTS = 1_000


async def audit(*, peers: Peers, at_rest: bool, settle_seconds: float = SETTLE_SECONDS) -> Report:
    """Check everything; memory does not grow with the number of orders."""
    report = Report()
    for service in SERVICES:
        try:
            await _own_books(report, peers, service, at_rest=at_rest)
        except SilentPeer as error:
            report.miss(service=error.service, error=error.words)
    heard = frozenset(SERVICES) - report.silent.keys()
    possible = [rule for rule in rules(at_rest=at_rest) if heard.issuperset(rule.needs)]
    try:
        if possible:
            await _compare(report, peers, possible, settle_seconds)
        await follow_letters(
            report=report, peers=peers, services=sorted(heard), at_rest=at_rest, settle_seconds=settle_seconds
        )
    except SilentPeer as error:
        report.miss(service=error.service, error=error.words)
    return report


async def _own_books(report: Report, peers: Peers, service: str, *, at_rest: bool) -> None:
    status = await peers.status(service=service)
    for check in await peers.checks(service=service, at_rest=at_rest):
        report.add(
            invariant=check["invariant"],
            says=check["says"],
            checked=check["checked"],
            violations=[_said(service, words) for words in check["violations"]],
            cut=len(check["violations"]) >= SHOWN,
        )
    balance(report=report, service=service, status=status)


def _said(service: str, words: str) -> Violation:
    """Split what a check says at its first colon: before it stands what it is about."""
    subject, _, found = words.partition(": ")
    return Violation(service, subject, found)


def balance(*, report: Report, service: str, status: Row) -> None:
    """Check that what came in by each topic is what became of it: applied, duplicate, conflict, parked or dead."""
    counts: Mapping[str, Mapping[str, int]] = status["counts"]
    ends = {topic: sum(n for name, n in each.items() if name not in UNCOUNTED) for topic, each in counts.items()}
    report.add(
        invariant="I9",
        says="consumed = applied + duplicates + parked + dead-lettered in the process that answers",
        checked=sum(each.get("consumed", 0) for each in counts.values()),
        violations=(
            Violation(service, topic, f"consumed {counts[topic].get('consumed', 0)}, ended {ended}")
            for topic, ended in ends.items()
            if ended != counts[topic].get("consumed", 0)
        ),
    )


async def _compare(report: Report, peers: Peers, possible: Sequence[Rule], settle_seconds: float) -> None:
    heard = {service for rule in possible for service in rule.needs}
    suspects: dict[str, list[Rule]] = {}
    for rule in possible:
        report.add(invariant=rule.invariant, says=rule.says, checked=0)
    async for known in _orders(peers, heard):
        for rule in possible:
            if rule.applies(known):
                report.add(invariant=rule.invariant, says=rule.says, checked=1)
                if rule.wrong(known):
                    _suspect(report, suspects, known, rule)
    if suspects:
        await asyncio.sleep(settle_seconds)
    for order_id, suspected in suspects.items():
        again = await _again(peers, order_id, heard)
        for rule in suspected:
            if rule.applies(again) and (found := rule.wrong(again)):
                report.add(invariant=rule.invariant, says=rule.says, checked=0, violations=[_violation(again, found)])


def _suspect(report: Report, suspects: dict[str, list[Rule]], known: Known, rule: Rule) -> None:
    if known.order_id in suspects or len(suspects) < MOST_SUSPECTS:
        suspects.setdefault(known.order_id, []).append(rule)
    else:
        # So many are no accident of the moment.
        found = [_violation(known, rule.wrong(known))]
        report.add(invariant=rule.invariant, says=rule.says, checked=0, violations=found)


def _violation(known: Known, found: str) -> Violation:
    return Violation("order", f"order {known.order_id}", f"{known.order.get('state', 'unknown')}, {found}")


async def _again(peers: Peers, order_id: str, heard: set[str]) -> Known:
    facts = {
        service: found
        for service in ("order", *OTHERS)
        if service in heard and (found := await peers.facts(service=service, order_id=order_id)) is not None
    }
    return Known(order_id=order_id, **facts)


async def _orders(peers: Peers, heard: set[str]) -> AsyncIterator[Known]:
    """Yield what the services know of each order, one page of order's at a time."""
    after = ""
    async for page in peers.pages(service="order"):
        last = page[-1]["order_id"] if page else None
        facts: dict[str, dict[str, Row]] = {row["order_id"]: {"order": row["facts"]} for row in page}
        for service in OTHERS:
            if service in heard:
                async for row in peers.between(service=service, after=after, last=last):
                    facts.setdefault(row["order_id"], {})[service] = row["facts"]
        for order_id in sorted(facts):
            yield Known(order_id=order_id, **facts[order_id])
        after = last or after
