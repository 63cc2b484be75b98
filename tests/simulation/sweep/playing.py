"""One saga with its crashes, and whether the order has come to the same end as without them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from simulation.loop import run
from simulation.quiet import silenced
from simulation.sweep.crashes import Crashes
from simulation.sweep.sagas import SAGAS
from simulation.sweep.stage import Outcome, Stage
from simulation.trace import Line

At = tuple[int, ...]


class Case(NamedTuple):
    """A saga by name, and the steps at which a process is killed, each counted in the history of those before."""

    saga: str
    at: At = ()

    def __str__(self) -> str:
        return f"--saga {self.saga} --at {','.join(map(str, self.at))}"


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a case: how many steps there were, whose they were, and what is wrong."""

    case: Case
    outcome: Outcome
    wrong: tuple[str, ...]
    steps: int
    places: tuple[str, ...]


def play(case: Case, /) -> Played:
    """Run a case; what is wrong are broken invariants and crashes that did not happen."""
    return played_with(Crashes(at=case.at), saga=case.saga)[0]


def calm(*, saga: str) -> tuple[Played, Counter[str]]:
    """Run a saga without crashes; return the steps of each service, too."""
    crashes = Crashes(at=())
    played, _ = played_with(crashes, saga=saga)
    return played, Counter(process.rsplit("-", maxsplit=1)[0] for process in crashes.steps)


def traced(*, case: Case) -> tuple[Played, list[Line]]:
    """Run a case and keep its trace."""
    return played_with(Crashes(at=case.at), saga=case.saga)


def unlike(*, played: Played, before: Played) -> Iterator[str]:
    """Return what is wrong with a case, compared with the same saga without a crash."""
    yield from played.wrong
    saga = SAGAS[played.case.saga]
    if played.outcome != before.outcome and played.outcome.state not in saga.races:
        yield f"the order ends {played.outcome.state}: {_differences(played.outcome, before.outcome)}"


def played_with(crashes: Crashes, /, *, saga: str) -> tuple[Played, list[Line]]:
    """Run a saga with these crashes; return what became of it and its trace."""
    with silenced():
        wrong, stage = run(_history(saga, crashes))
    places = tuple(crashes.place(number=number) for number in crashes.at if number <= len(crashes.steps))
    if len(places) < len(crashes.at):
        wrong = [*wrong, f"there are {len(crashes.steps)} steps: not every crash has happened"]
    if not crashes.at and stage.outcome().state != stage.saga.ends:
        wrong = [*wrong, f"without a crash the order ends {stage.outcome().state}, not {stage.saga.ends}"]
    case, outcome, steps = Case(saga, crashes.at), stage.outcome(), len(crashes.steps)
    played = Played(case=case, outcome=outcome, wrong=tuple(wrong), steps=steps, places=places)
    return played, stage.world.trace.lines


async def _history(saga: str, crashes: Crashes) -> tuple[list[str], Stage]:
    stage = Stage(saga=SAGAS[saga], crashes=crashes)
    for service in stage.world.plans:
        stage.world.supervise(service=service)
    await stage.prepare()
    crashes.armed = True
    stage.open()
    wrong = await stage.settle()
    stage.channel.close()
    return wrong, stage


def _differences(after: Outcome, before: Outcome) -> str:
    names = sorted(after.facts.keys() | before.facts.keys())
    return "; ".join(
        f"{name} {after.facts.get(name, 0)} and not {before.facts.get(name, 0)}"
        for name in names
        if after.facts.get(name) != before.facts.get(name)
    )
