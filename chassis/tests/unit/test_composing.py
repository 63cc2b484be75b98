from chassis.store.composing import Step, compose, unite


def test_steps_become_parts_of_one_statement() -> None:
    """Each step stands under its name, numbers its parameters on, and gives its result; a change gives its rows."""
    composed = compose(
        steps=[
            Step("locked", "SELECT id FROM a WHERE id = ANY($1) FOR SHARE", (["x"],), "array_agg(id)"),
            Step("stored", "INSERT INTO b SELECT $2, $1", (1, 2), "expect($2, count(*))"),
            Step("gone", "DELETE FROM c WHERE id = $1 RETURNING id", (3,)),
        ]
    )
    assert " ".join(composed.sql.split()) == (
        "WITH locked AS ( SELECT id FROM a WHERE id = ANY($1) FOR SHARE ),"
        " stored AS ( INSERT INTO b SELECT $3, $2 RETURNING 1 ),"
        " gone AS ( DELETE FROM c WHERE id = $4 RETURNING id )"
        " SELECT (SELECT array_agg(id) FROM locked) AS locked,"
        " (SELECT expect($3, count(*)) FROM stored) AS stored,"
        " (SELECT count(*) FROM gone) AS gone"
    )
    assert composed.arguments == [["x"], 1, 2, 3]


def test_a_step_without_arguments_takes_none() -> None:
    """What reads another part only leaves the numbers as they are."""
    steps = [Step("a", "INSERT INTO t SELECT $1", (1,)), Step("b", "SELECT * FROM a", ()), Step("c", "SELECT $1", (2,))]
    assert compose(steps=steps).sql.count("$2") == 1


def test_reads_are_united() -> None:
    """Every statement takes the next array of keys, and its rows say which one they are of."""
    united = unite(statements=["SELECT key, version, document FROM a WHERE key = ANY($1)", "SELECT 1 WHERE $1"])
    assert " ".join(united.split()) == (
        "SELECT 0 AS part, s.key, s.version::bigint, s.document FROM ("
        " SELECT key, version, document FROM a WHERE key = ANY($1) ) AS s"
        " UNION ALL SELECT 1 AS part, s.key, s.version::bigint, s.document FROM ( SELECT 1 WHERE $2 ) AS s"
    )
