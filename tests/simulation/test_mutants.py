"""The hunt for mutants kills, and it can fail to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from payment.domain import gate
from simulation.mutants import hunt as hunting
from simulation.mutants import table
from simulation.mutants.catalogue import MUTANTS
from simulation.mutants.hunt import Mutant, OfDeposits, Scripted, Verdict, hunt
from simulation.shop import scripts

ROOT = Path(__file__).parents[2]
SOURCES = {"chassis": "chassis/src/chassis", "deploy": "deploy"}


def unchanged(_patch: pytest.MonkeyPatch) -> None:
    """Nothing is broken."""


def mistaken(patch: pytest.MonkeyPatch) -> None:
    """The mutant's own code is wrong."""
    patch.setattr(gate, "_difference", lambda: None)


def test_equivalent_mutant_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that is not broken survives every run, and the table says so."""
    monkeypatch.setattr(hunting, "MOST_SEEDS", 2)
    verdict = hunt(mutant=Mutant(unchanged, "nowhere", OfDeposits(0)))
    assert (False, None, 2) == (verdict.killed, verdict.killer, verdict.runs)
    assert "SURVIVES 2 runs" == table.fate(verdict=verdict)


def test_mistaken_mutant_is_not_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant that fails by itself does not count as killed."""
    monkeypatch.setattr(pytest, "MonkeyPatch", lambda: monkeypatch)
    verdict = hunt(mutant=Mutant(mistaken, "nowhere", Scripted(scripts.false_notice)))
    assert verdict.blunder
    assert not verdict.killed


def test_survivor_fails_the_table() -> None:
    """The last line counts who was killed, and survivors are named."""
    name = MUTANTS[0].name
    survivor = Verdict(mutant=name, killer=None, violation="", runs=3, seconds=0.5)
    told = list(table.lines(verdicts=[survivor], noisy=[], seconds=1.0))
    assert f"survives: {name} after 3 runs" in told
    assert told[-1].startswith("mutants: 0 of 1 killed")


def test_command_kills_some() -> None:
    """The command line breaks the code in processes of its own, prints the table, and ends well."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "simulation.mutants", "--jobs", "2", "--only", "figures_of", "hold_kept", "inbox"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("mutants: 3 of 3 killed")


def test_catalogue_is_large_and_has_no_two_of_a_name() -> None:
    """There are at least 40 mutants, of the chassis and of all five services, each under its own name."""
    names = Counter(each.name for each in MUTANTS)
    assert len(MUTANTS) >= 40
    assert set(names.values()) == {1}
    services = {each.where.split("/")[0] for each in MUTANTS}
    assert services >= {"chassis", "order", "inventory", "payment", "fulfillment", "billing"}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
def test_where_it_is_broken_exists(mutant: Mutant) -> None:
    """The place that the table names is in the tree."""
    owner, _, rest = mutant.where.partition("/")
    folder = SOURCES.get(owner, f"services/{owner}/src/{owner}")
    assert (ROOT / folder / rest).exists()
