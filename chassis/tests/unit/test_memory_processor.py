import pytest
from processor_cases import ProcessorCases

from chassis.store.memory import MemoryStore


class TestProcessorOnMemory(ProcessorCases):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
