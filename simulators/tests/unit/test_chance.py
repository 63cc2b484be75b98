from simulators.chance import Chance
from simulators.channel.behaviour import Behaviour, Manners


def test_draw_is_repeatable() -> None:
    """The same seed and names draw the same; another seed draws otherwise."""
    draws = [[Chance(seed=seed).below(limit=10**9, of=("x", str(n))) for n in range(50)] for seed in (1, 1, 2)]
    assert draws[0] == draws[1]
    assert draws[0] != draws[2]


def test_share_is_about_right() -> None:
    """A tenth of many names is hit."""
    hits = sum(Chance(seed=1).hits(ppm=100_000, of=(str(n),)) for n in range(10_000))
    assert 900 < hits < 1_100


def test_nothing_and_all_are_exact() -> None:
    """A share of nothing hits none, a share of a million all."""
    chance = Chance(seed=1)
    assert not any(chance.hits(ppm=0, of=(str(n),)) for n in range(1_000))
    assert all(chance.hits(ppm=1_000_000, of=(str(n),)) for n in range(1_000))


def test_behaviour_belongs_to_the_id() -> None:
    """Two providers with one seed misbehave at the same ids, whatever was asked before."""
    manners = Manners(dropped=300_000, duplicated=300_000, late=300_000, shuffled_ms=500)
    one, two = (Behaviour(manners=manners, chance=Chance(seed=7)) for _ in range(2))
    ids = [f"a-{n}" for n in range(200)]
    assert [(one.drops(id_=i, seen=False), one.delays(notice_id=i)) for i in ids] == [
        (two.drops(id_=i, seen=False), two.delays(notice_id=i)) for i in reversed(ids)
    ][::-1]


def test_repeat_is_always_answered() -> None:
    """No connection is dropped twice for one id."""
    behaviour = Behaviour(manners=Manners(dropped=1_000_000), chance=Chance(seed=1))
    assert (True, False) == (behaviour.drops(id_="a", seen=False), behaviour.drops(id_="a", seen=True))


def test_late_notice_is_late() -> None:
    """A late notice waits as long as it is told, and an ordinary one does not."""
    late = Behaviour(manners=Manners(late=1_000_000, late_ms=4_000), chance=Chance(seed=1))
    prompt = Behaviour(manners=Manners(), chance=Chance(seed=1))
    assert ((4_000,), (0,)) == (late.delays(notice_id="a"), prompt.delays(notice_id="a"))
