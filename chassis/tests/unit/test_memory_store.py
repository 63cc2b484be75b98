import pytest
from store_cases import StoreCases
from task_cases import TaskCases

from chassis.store.memory import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


class TestMemoryStore(StoreCases):
    pass


class TestTasksInMemory(TaskCases):
    pass
