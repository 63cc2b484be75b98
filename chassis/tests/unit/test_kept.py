from toy import service as toy

from chassis.kept import Kept
from chassis.message import shard_of
from chassis.routes import Ref
from chassis.store.values import Saved, Stored

SHARDS = 4
FENCE = dict.fromkeys(range(SHARDS), 1)


def booked(number: int, version: int = 1) -> Saved:
    return Saved(toy.BOOKING, f"b{number}", version, None, toy.Booking(f"b{number}", "hamlet", version, "held"))


def refs(*numbers: int) -> list[Ref]:
    return [(toy.BOOKING, f"b{number}") for number in numbers]


def test_the_last_version_is_kept() -> None:
    """A later write of one aggregate stands for the earlier one."""
    kept = Kept(size=10, shards=SHARDS)
    kept.remember(saves=[booked(1)], fence=FENCE)
    kept.remember(saves=[booked(1, version=2)], fence=FENCE)
    assert kept.find(refs=refs(1, 2), fence=FENCE) == {refs(1)[0]: Stored(2, booked(1, version=2).after)}


def test_the_oldest_go_first() -> None:
    """No more are kept than there is room for, and one that is written again is young again."""
    kept = Kept(size=2, shards=SHARDS)
    kept.remember(saves=[booked(1), booked(2)], fence=FENCE)
    kept.remember(saves=[booked(1, version=2), booked(3)], fence=FENCE)
    assert [key for _, key in kept.find(refs=refs(1, 2, 3), fence=FENCE)] == ["b1", "b3"]


def test_another_epoch_is_another_writer() -> None:
    """What was written under an epoch is not found under another one, nor by who does not own the shard."""
    kept = Kept(size=10, shards=SHARDS)
    kept.remember(saves=[booked(1)], fence=FENCE)
    shard = shard_of("b1", SHARDS)
    assert kept.find(refs=refs(1), fence={**FENCE, shard: 2}) == {}
    assert kept.find(refs=refs(1), fence={}) == {}


def test_shared_kinds_and_others_are_not_kept() -> None:
    """Only aggregates whose key is that of their records have one writer."""
    kept = Kept(size=10, shards=SHARDS)
    kept.remember(saves=[Saved(toy.SHOW, "hamlet", 1, None, toy.Show("hamlet", 1))], fence=FENCE)
    kept.remember(saves=[Saved(toy.PLAY, "hamlet", 1, None, toy.Play("hamlet", 1))], fence=FENCE)
    assert kept.find(refs=[(toy.SHOW, "hamlet"), (toy.PLAY, "hamlet")], fence=FENCE) == {}


def test_what_is_forgotten_is_gone() -> None:
    """Forgetting what is not kept is nothing."""
    kept = Kept(size=10, shards=SHARDS)
    kept.remember(saves=[booked(1), booked(2)], fence=FENCE)
    kept.forget(refs=refs(1, 3))
    assert list(kept.find(refs=refs(1, 2, 3), fence=FENCE)) == refs(2)
