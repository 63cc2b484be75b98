from house import diagrams


def test_diagrams_are_fresh() -> None:
    """Each page of docs/diagrams is what the tables draw today, and no page is left over."""
    assert [] == diagrams.stale()


def test_each_state_is_drawn() -> None:
    """Every state of a table stands in its diagram."""
    drawn = diagrams.pages()
    missing = [
        (name, state)
        for name, life in diagrams.LIVES.items()
        for state in type(life.begins[0])
        if f" {state.value}" not in drawn[name].partition("```mermaid")[2]
    ]
    assert [] == missing
