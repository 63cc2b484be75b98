"""What the auditor prints: one line for each invariant, its violations under it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

INVARIANTS = {
    "I1": "stock",
    "I2": "money",
    "I3": "liveness",
    "I4": "goods and invoices",
    "I5": "once",
    "I6": "journal",
    "I7": "cancelled",
    "I8": "answers",
    "I9": "counters",
}
SHOWN = 20


@dataclass(slots=True)
class Finding:
    """One fact: how often it was checked, how often it was broken, and the first violations in words."""

    checked: int = 0
    broken: int = 0
    shown: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """Everything that was checked. It keeps a bounded number of violations, however many there are."""

    _facts: dict[str, dict[str, Finding]] = field(default_factory=lambda: {each: {} for each in INVARIANTS})

    def add(self, *, invariant: str, says: str, checked: int, violations: Iterable[str] = ()) -> None:
        """Note that a fact was checked so often, and what broke it."""
        finding = self._facts[invariant].setdefault(says, Finding())
        finding.checked += checked
        for violation in violations:
            finding.broken += 1
            if len(finding.shown) < SHOWN:
                finding.shown.append(violation)

    @property
    def checked(self) -> int:
        """How much was looked at."""
        return sum(finding.checked for facts in self._facts.values() for finding in facts.values())

    @property
    def violations(self) -> int:
        """How many violations were found."""
        return sum(finding.broken for facts in self._facts.values() for finding in facts.values())

    def lines(self) -> Iterator[str]:
        """Return the report."""
        for invariant, title in INVARIANTS.items():
            facts = self._facts[invariant]
            broken = sum(finding.broken for finding in facts.values())
            verdict = f"{broken} wrong" if broken else "ok" if facts else "not checked"
            said = "; ".join(f"{says} ({finding.checked:,})" for says, finding in facts.items())
            yield f"{invariant} {title}: {verdict}: {said}"
            for finding in facts.values():
                yield from (f"    {violation}" for violation in finding.shown)
        yield f"audit: {len(INVARIANTS)} invariants, {self.checked:,} checked, {self.violations} violations"
