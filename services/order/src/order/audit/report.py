"""What the auditor prints: one line for each invariant, its violations under it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
"""Violations that are shown of one fact; a service names as many."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A fact that is broken: which service must look, what it is about, and what was found in words."""

    owner: str
    subject: str
    found: str

    @property
    def words(self) -> str:
        """Return all of it in one line."""
        return f"{self.owner}: {self.subject}: {self.found}" if self.found else f"{self.owner}: {self.subject}"


@dataclass(slots=True)
class Finding:
    """One fact: how often it was checked, how often it was broken, and the first violations."""

    checked: int = 0
    broken: int = 0
    shown: list[Violation] = field(default_factory=list)
    cut: bool = False  # by who was asked: it may know of more

    @property
    def whole(self) -> bool:
        """Whether what is shown is all that is broken."""
        return not self.cut and self.broken == len(self.shown)


@dataclass(slots=True)
class Report:
    """Everything that was checked. It keeps a bounded number of violations, however many there are."""

    silent: dict[str, str] = field(default_factory=dict)
    _facts: dict[str, dict[str, Finding]] = field(default_factory=lambda: {each: {} for each in INVARIANTS})

    def add(
        self, *, invariant: str, says: str, checked: int, violations: Iterable[Violation] = (), cut: bool = False
    ) -> None:
        """Note that a fact was checked so often, and what broke it."""
        finding = self._facts[invariant].setdefault(says, Finding())
        finding.checked += checked
        finding.cut |= cut
        for violation in violations:
            finding.broken += 1
            if len(finding.shown) < SHOWN:
                finding.shown.append(violation)

    def miss(self, *, service: str, error: str) -> None:
        """Note that a service does not answer: what it alone knows is not checked."""
        self.silent.setdefault(service, error)

    @property
    def checked(self) -> int:
        """How much was looked at."""
        return sum(finding.checked for _, _, finding in self.findings())

    @property
    def violations(self) -> int:
        """How many violations were found."""
        return sum(finding.broken for _, _, finding in self.findings())

    @property
    def exit_code(self) -> int:
        """One for a violation, two when a service is silent: what it knows may hide one."""
        return 1 if self.violations else 2 if self.silent else 0

    def findings(self) -> Iterator[tuple[str, str, Finding]]:
        """Return each fact with its invariant."""
        for invariant, facts in self._facts.items():
            for says, finding in facts.items():
                yield invariant, says, finding

    def lines(self) -> Iterator[str]:
        """Return the report."""
        for invariant, title in INVARIANTS.items():
            yield from _of_invariant(invariant, title, self._facts[invariant])
        yield from (f"not asked: {service}: {error}" for service, error in self.silent.items())
        silent = f", {len(self.silent)} of 5 services silent" if self.silent else ""
        yield f"audit: {len(INVARIANTS)} invariants, {self.checked:,} checked, {self.violations} violations{silent}"


def _of_invariant(invariant: str, title: str, facts: Mapping[str, Finding]) -> Iterator[str]:
    broken = sum(finding.broken for finding in facts.values())
    verdict = f"{broken} wrong" if broken else "ok" if facts else "not checked"
    said = "; ".join(f"{says} ({finding.checked:,})" for says, finding in facts.items())
    yield f"{invariant} {title}: {verdict}: {said}"
    for finding in facts.values():
        yield from (f"    {each.words}" for each in finding.shown)
