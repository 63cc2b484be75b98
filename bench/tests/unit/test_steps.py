"""The steps: each statement gets what it asks for, and the flow's stages wake each other."""

import re

import pytest

from bench.checkout import checkout_of
from bench.choreography.reactions import REACTIONS
from bench.flow.__main__ import NEXT
from bench.steps import ARGUMENTS, arguments, statements
from bench.workload import Workload
from chassis.statements import read_statements


def test_each_statement_has_its_arguments() -> None:
    """A statement has as many parameters as its step is given, and no step is without statement."""
    asked = {name: len(set(re.findall(r"\$\d", sql))) for name, sql in statements().items()}
    assert {name: len(given) for name, given in ARGUMENTS.items()} == asked


def test_arguments_are_those_of_the_checkout() -> None:
    """The parameters of a step are taken from the order by name."""
    (order,) = Workload().orders(first=0, count=1)
    assert [order.order_id, order.customer, order.total] == arguments(step="pay", checkout=checkout_of(order=order))


def test_the_textbook_takes_known_steps() -> None:
    """Each reaction takes one of the steps."""
    assert {reaction.step for reactions in REACTIONS.values() for reaction in reactions.values()} <= set(ARGUMENTS)


@pytest.mark.parametrize("stage", NEXT)
def test_a_stage_wakes_whom_it_feeds(stage: str) -> None:
    """The stages that a stage wakes are those into whose queue it writes."""
    sql = read_statements(package="bench.flow", name="stages.sql")[stage]
    assert set(NEXT[stage]) == set(re.findall(r"INSERT INTO to_(\w+)", sql))
