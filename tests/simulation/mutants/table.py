"""The table of the mutants: number, defect, where it is, what killed it, and how long that took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulation.mutants.catalogue import MUTANTS
from simulation.mutants.hunt import Verdict

LONGEST = 110
_BY_NAME = {each.name: (number, each) for number, each in enumerate(MUTANTS, start=1)}


def lines(*, verdicts: Sequence[Verdict], noisy: Sequence[str], seconds: float) -> Iterator[str]:
    """Return the table, and its sum as the last line."""
    yield "| # | hole | defect | where | killed by | first violation | CPU s |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_row(each) for each in verdicts)
    yield from (f"fails without a mutant, too: {each}" for each in noisy)
    yield from (f"survives: {each.mutant} after {each.runs} runs" for each in verdicts if each.killer is None)
    yield from (f"is no defect but a mistake: {each.mutant}: {each.violation}" for each in verdicts if each.blunder)
    killed = sum(each.killed for each in verdicts)
    spent = sum(each.seconds for each in verdicts)
    yield f"mutants: {killed} of {len(verdicts)} killed, {seconds:.0f} s ({spent:.0f} s of CPU)"


def fate(*, verdict: Verdict) -> str:
    """Return in a few words what became of a mutant."""
    if verdict.blunder:
        return f"a mistake: {_short(verdict.violation)}"
    if verdict.killer is None:
        return f"SURVIVES {verdict.runs} runs"
    return f"killed by {verdict.killer.name}"


def _row(verdict: Verdict) -> str:
    number, mutant = _BY_NAME[verdict.mutant]
    killer = "nothing" if verdict.killer is None else verdict.killer.name
    cells = (
        str(number),
        "" if mutant.hole is None else str(mutant.hole),
        mutant.says.rstrip("."),
        mutant.where,
        killer,
        _short(verdict.violation),
        f"{verdict.seconds:.1f}",
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."
