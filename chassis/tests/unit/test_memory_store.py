import pytest
from store_cases import StoreCases

from chassis.store.memory import MemoryStore


class TestMemoryStore(StoreCases):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
