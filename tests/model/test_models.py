from __future__ import annotations

from dataclasses import replace

import pytest

from model.explore import Explored, Search
from model.mutants import MUTANTS, Mutant, killed_by
from model.scene import Scene
from model.scenes import SCENES
from model.state import State
from model.town import Town
from order.domain.profiles import PROFILES

# The bigger ones run by themselves: python -m model.
SMALL = ("standard", "short", "tenders", "corporate", "cod", "virtual", "virtual-prepaid", "too-little")
FAULTY = ("cod", "virtual", "virtual-prepaid")


def explored(scene: Scene) -> Explored[State]:
    return Search(model=Town(scene=scene), most_states=200_000, progress=lambda _states, _depth: None).run()


@pytest.mark.parametrize("name", SMALL)
def test_a_model_holds(name: str) -> None:
    """In any order of events nothing is violated, nothing is stuck, and an end is reached without anybody's favour."""
    found = explored(SCENES[name])
    assert [] == found.violations
    assert not found.capped


@pytest.mark.parametrize("name", FAULTY)
def test_a_model_holds_with_a_fault(name: str) -> None:
    """One message that comes again, one answer that is lost or one impatient clock changes no end."""
    assert [] == explored(replace(SCENES[name], faults=1)).violations


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_of_the_tables_is_killed(mutant: Mutant) -> None:
    """A defect in a table, a saga or a clock is found, with the shortest way to it."""
    assert killed_by(mutant=mutant) is not None


def test_each_profile_has_a_model() -> None:
    """There is a model of every way of life that an order can have."""
    assert set(PROFILES) == {scene.order.profile for scene in SCENES.values()}


def test_the_same_model_is_explored_the_same_way() -> None:
    """Two explorations count the same states and transitions."""
    first, second = explored(SCENES["virtual"]), explored(SCENES["virtual"])
    assert (first.states, first.transitions, first.ends) == (second.states, second.transitions, second.ends)
