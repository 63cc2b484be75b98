"""Holds what the customers were promised against what is in the books after the last fault."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chaos.flow import Placed
from simulators.demo.books import Facts
from simulators.house.house import Verdict

SUCCESSES_PERCENT = 95
JUDGED_AT_LEAST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of the orders of one scenario."""

    orders: int
    acknowledged: int
    accounted: int
    outside: int
    succeeded: int
    violations: int
    lost: Sequence[str] = ()
    wrong: Sequence[str] = ()
    words: Sequence[str] = field(default=())

    @property
    def complaints(self) -> list[str]:
        """Everything for which the run fails, in words."""
        found = [f"acknowledged and lost: {order_id}" for order_id in self.lost]
        found += self.wrong
        if self.violations:
            found += self.words
        if self.outside < JUDGED_AT_LEAST:
            found.append(f"only {self.outside} orders were placed while nothing was wrong: too few to judge by")
        elif self.succeeded * 100 < self.outside * SUCCESSES_PERCENT:
            found.append(f"of {self.outside} orders placed while nothing was wrong only {self.succeeded} succeeded")
        return found


def judge(
    *,
    placed: Sequence[Placed],
    acknowledged: Mapping[str, str],
    books: Mapping[str, Facts],
    differences: Sequence[str],
    verdict: Verdict,
) -> Finding:
    """Judge the orders of a scenario; ``differences`` are between plans and books, ``books`` those of order."""
    ids = [each.plan.order_id for each in placed]
    promised = [order_id for order_id in ids if order_id in acknowledged]
    known = [order_id for order_id in promised if order_id in books]
    ended = [order_id for order_id in known if books[order_id].get("terminal")]
    differing = {match[1] for text in differences if (match := re.match(r"order (\S+) ", text))}
    good = [
        each
        for each in placed
        if each.outside and each.lived is not None and each.plan.order_id not in differing and not each.error
    ]
    return Finding(
        orders=len(ids),
        acknowledged=len(promised),
        accounted=len(ended),
        outside=sum(each.outside for each in placed),
        succeeded=len(good),
        violations=violations_of(verdict=verdict),
        lost=[order_id for order_id in promised if order_id not in books],
        wrong=[*differences, *_unended(known, books), *_unhappy(placed)],
        words=verdict.words.splitlines(),
    )


def violations_of(*, verdict: Verdict) -> int:
    """Return how many violations the auditor counted; an auditor that failed otherwise counts as one."""
    found = re.search(r"(\d+) violations", verdict.words)
    counted = int(found[1]) if found else 0
    return counted or int(verdict.exit_code != 0)


def _unended(known: Sequence[str], books: Mapping[str, Facts]) -> list[str]:
    states = {order_id: books[order_id] for order_id in known if not books[order_id].get("terminal")}
    return [f"order {order_id} is not at its end: {facts.get('state')}" for order_id, facts in states.items()]


def _unhappy(placed: Sequence[Placed]) -> list[str]:
    """Return the orders whose customers gave up or wait in vain."""
    return [
        f"order {each.plan.order_id} ({each.plan.life}): {each.error or 'its customer still waits'}"
        for each in placed
        if each.lived is None
    ]
