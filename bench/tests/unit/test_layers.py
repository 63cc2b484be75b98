"""Samples fall on the layer of their innermost known frame."""

from bench.layers import REST, read_samples

_TEXT = """\
main (chassis/cli.py:9);run (chassis/loop.py:80);_handle (chassis/deciding.py:9);f (order/x.py:3) 5
main (chassis/cli.py:9);run (chassis/loop.py:80);load (chassis/store/postgres.py:70);fetch (asyncpg/pool.py:9) 3
main (chassis/cli.py:9);run (chassis/relay.py:80);load (chassis/store/postgres.py:70) 1
main (chassis/cli.py:9) 2
"""


def test_samples_are_counted_by_layer_and_function() -> None:
    """A driver's frame counts as the layer that called it, unless it is one of its own; recursion counts once."""
    samples = read_samples(text=_TEXT)
    assert samples.total == 11
    assert samples.layers == {"decide": 5, "database connection": 3, "load": 1, REST: 2}
    assert samples.functions["f (order/x.py)"] == 5
    assert samples.below["run (chassis/loop.py)"] == 8
    assert "main (chassis/cli.py)" not in samples.below
