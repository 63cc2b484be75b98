from typing import Any

import pytest
from examples import NOW, RECORD, task
from toy import service as toy

from chassis.statements import read_statements
from chassis.store.values import Changes, Finished, ParkedMessage
from chassis.store.writing import Writing

PARKED = ParkedMessage("m1", 0, RECORD, "early", 1, NOW)


@pytest.mark.parametrize(
    "changes, statements",
    [
        ({"finished": (Finished("t1", "m1"),), "tasks": (task("t1"),)}, 2),
        ({"dropped": ("t1",), "tasks": (task("t1"),)}, 2),
        ({"unparked": ("m1",), "parked": (PARKED,)}, 2),
        ({"finished": (Finished("t1", "m1"),), "dropped": ("t2",), "tasks": (task("t3"),)}, 1),
        ({"unparked": ("m2",), "parked": (PARKED,)}, 1),
        ({}, 1),
    ],
)
def test_what_is_ended_and_set_anew_takes_two_statements(changes: dict[str, Any], statements: int) -> None:
    """PostgreSQL promises no order of the parts of a statement that change one row; all else is one statement."""
    own = read_statements(package="chassis", name="chassis.sql")
    writing = Writing(own=own, queries=read_statements(package="toy"), tables=toy.TABLES)
    assert len(writing._statements({0: 1}, Changes(now=NOW, **changes))) == statements
