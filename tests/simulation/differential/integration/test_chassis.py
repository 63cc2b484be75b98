"""The memory store against PostgreSQL: random commands to the tables of the chassis and of the toy service."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import pytest

from chassis.store.memory import MemoryStore
from chassis.store.postgres import PostgresStore
from chassis.tables import Tables
from simulation.differential.commands import Command, sequence
from simulation.differential.comparing import difference, shortest
from simulation.differential.contents import Reader

SEQUENCES = int(os.environ.get("SEQUENCES", "2000"))
LENGTH = 12
Both = tuple[PostgresStore, Reader]


def fence_not_checked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MemoryStore, "_check_fence", lambda _store, _fence: None)


def checks_not_made(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Tables, "holds", lambda _tables, _name: bool)


def calls_set_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MemoryStore, "_can_be_set", lambda _store, _task: True)


DEFECTS = (fence_not_checked, checks_not_made, calls_set_again)


@pytest.mark.timeout(0)
async def test_memory_answers_and_keeps_what_postgres_does(both: Both) -> None:
    """The same commands have the same results, the same errors and the same contents in both stores."""
    for seed in range(SEQUENCES):
        commands = sequence(seed=seed, length=LENGTH)
        if await _fails(commands, both) is not None:
            pytest.fail(await _story(seed, commands, both))


@pytest.mark.parametrize("defect", DEFECTS)
async def test_difference_is_found(
    defect: Callable[[pytest.MonkeyPatch], None], both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A memory store with a defect is found out by these sequences, with a shorter one to show it."""
    defect(monkeypatch)
    for seed in range(SEQUENCES):
        commands = sequence(seed=seed, length=LENGTH)
        if await _fails(commands, both) is not None:
            assert len(await _shortest(commands, both)) < len(commands)
            return
    pytest.fail("no sequence has shown the defect")


async def _fails(commands: Sequence[Command], both: Both) -> str | None:
    postgres, reader = both
    return await difference(commands, postgres=postgres, reader=reader)


async def _shortest(commands: Sequence[Command], both: Both) -> list[Command]:
    async def fails(fewer: Sequence[Command]) -> str | None:
        return await _fails(fewer, both)

    return await shortest(commands, fails=fails)


async def _story(seed: int, commands: Sequence[Command], both: Both) -> str:
    few = await _shortest(commands, both)
    lines = "\n".join(f"  {number}. {command}" for number, command in enumerate(few, start=1))
    return f"seed {seed}, {len(few)} of {len(commands)} commands:\n{lines}\n{await _fails(few, both)}"
