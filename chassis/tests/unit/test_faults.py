from dataclasses import dataclass, field

import pytest
from examples import HELD, handled, saved, write
from toy import service as toy

from chassis.store.errors import Unavailable, UnknownOutcome
from chassis.store.faults import Faults
from chassis.store.memory import MemoryStore
from chassis.store.values import Changes, Written


@dataclass
class Broken(Faults):
    at: str
    seen: list[str] = field(default_factory=list)

    def loading(self) -> None:
        self.seen.append("loading")
        if self.at == "loading":
            raise Unavailable("no connection")

    def writing(self, _changes: Changes) -> None:
        self.seen.append("writing")
        if self.at == "writing":
            raise Unavailable("no connection")

    def committed(self, _written: Written) -> None:
        self.seen.append("committed")
        raise UnknownOutcome("the answer was lost")


@pytest.mark.parametrize("at, error, stored", [("writing", Unavailable, []), ("committed", UnknownOutcome, ["m1"])])
async def test_a_fault_before_or_after_the_commit(at: str, error: type[Exception], stored: list[str]) -> None:
    """A fault before the commit leaves nothing, a lost answer leaves everything."""
    store = MemoryStore(owners={0: 1, 1: 1}, faults=Broken(at))
    with pytest.raises(error):
        await write(store, inbox=(handled("m1"),), saves=(saved(HELD),))
    assert list(store.inbox) == stored


async def test_a_fault_while_loading() -> None:
    """A load can fail, too."""
    with pytest.raises(Unavailable):
        await MemoryStore(faults=Broken("loading")).load(refs=[(toy.BOOKING, "b1")])
