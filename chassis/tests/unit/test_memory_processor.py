import pytest
from failing_cases import FailingCases
from kept_cases import KeptCases
from processor_cases import ProcessorCases
from waiting_cases import WaitingCases

from chassis.store.memory import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


class TestProcessorOnMemory(ProcessorCases):
    pass


class TestWaitingOnMemory(WaitingCases):
    pass


class TestFailingOnMemory(FailingCases):
    pass


class TestKeptOnMemory(KeptCases):
    pass
