import pytest
from store_cases import StoreCases
from task_cases import TaskCases
from toy.service import TABLES

from chassis.store.memory import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(tables=TABLES)


class TestMemoryStore(StoreCases):
    pass


class TestTasksInMemory(TaskCases):
    pass
