from __future__ import annotations

from collections.abc import Mapping

from model.explore import Explored, Search

Graph = Mapping[str, tuple[str, ...]]


class Drawn:
    """A graph; what leads to ``wish`` need not happen, and ``end`` is the end."""

    def __init__(self, graph: Graph, bad: str = "") -> None:
        self._graph, self._bad = graph, bad

    def first(self) -> str:
        return "a"

    def successors(self, state: str, /) -> list[tuple[str, str, tuple[str, ...]]]:
        return [(f"to {each}", each, ()) for each in self._graph.get(state, ())]

    def wrong(self, state: str, /) -> list[str]:
        return ["bad"] if state == self._bad else []

    def end(self, state: str, /) -> str:
        return "end" if state == "end" else ""

    def ends(self) -> frozenset[str]:
        return frozenset({"end"})

    def optional(self, label: str, /) -> bool:
        return label == "to wish"


def explored(graph: Graph, *, bad: str = "", most_states: int = 100) -> Explored[str]:
    return Search(model=Drawn(graph, bad), most_states=most_states, progress=lambda _states, _depth: None).run()


def what(graph: Graph, *, bad: str = "") -> list[tuple[str, tuple[str, ...]]]:
    return [(each.what, each.path) for each in explored(graph, bad=bad).violations]


def test_a_good_graph_has_nothing_wrong() -> None:
    """States, transitions, depth and ends are counted, each state once."""
    found = explored({"a": ("b", "c"), "b": ("end",), "c": ("end", "b")})
    assert (4, 5, 2, {"end": 1}, []) == (
        found.states,
        found.transitions,
        found.depth,
        dict(found.ends),
        found.violations,
    )


def test_the_shortest_way_is_shown() -> None:
    """A bad state is shown with the shortest path to it."""
    assert [("bad", ("to x",))] == what({"a": ("b", "x"), "b": ("c",), "c": ("x",), "x": ("end",)}, bad="x")


def test_a_deadlock_is_found() -> None:
    """A state in which nothing can happen and nothing has ended is a violation."""
    assert [("deadlock: nothing can happen, and nothing has ended", ("to b",))] == what({"a": ("b", "end")})


def test_a_circle_without_a_way_out_is_found() -> None:
    """States that only lead to one another never end."""
    ((found, path),) = what({"a": ("b", "end"), "b": ("c",), "c": ("b",)})
    assert found.startswith("need not end: 2 states")
    assert ("to b",) == path


def test_a_wish_is_no_way_out() -> None:
    """What only a wish can end need not end."""
    ((found, path),) = what({"a": ("b", "end"), "b": ("wish", "b"), "wish": ("end",)})
    assert found.startswith("need not end: 1 states")
    assert ("to b",) == path


def test_a_missing_end_is_found() -> None:
    """An end that there must be a way to, and is none, is a violation."""
    found = explored({"a": ("a",)})
    assert ["need not end: 1 states from which no end is sure to be reachable", "no way to end"] == [
        each.what for each in found.violations
    ]


def test_a_graph_that_is_too_big_is_not_called_good() -> None:
    """An exploration that stops early says so."""
    assert explored({"a": ("b",), "b": ("c",), "c": ("end",)}, most_states=2).capped
