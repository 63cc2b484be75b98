import pytest

from chassis.statements import Statement, parse_statements, read_statements

TEXT = """-- A file may begin with words.

-- name: one
-- Says one.
SELECT 1;

-- name: two
-- Says two.
SELECT
    2
"""


def test_statements_are_found_by_name() -> None:
    """A file is split into statements with name, purpose and SQL."""
    statements = parse_statements(text=TEXT)
    assert dict(statements) == {"one": "SELECT 1", "two": "SELECT\n    2"}
    assert statements.described()[0] == Statement(name="one", purpose="Says one.", sql="SELECT 1")


@pytest.mark.parametrize(
    "text, error",
    [
        ("-- name: one\nSELECT 1;", "one has no line of purpose"),
        ("-- name: one\n-- Says one.\n", "one has no SQL"),
        ("-- name: one\n-- a\nSELECT 1;\n-- name: one\n-- b\nSELECT 2;", "two statements are named one"),
        ("-- name: One\n-- a\nSELECT 1;", "1 statements are announced, 0 have a legal name"),
    ],
)
def test_a_careless_file_is_refused(text: str, error: str) -> None:
    """A statement without purpose or SQL, with an illegal name or a name twice is an error at start."""
    with pytest.raises(ValueError, match=error):
        parse_statements(text=text)


def test_every_statement_of_the_chassis_says_one_sentence() -> None:
    """The purpose of each statement of the chassis is a sentence."""
    purposes = [each.purpose for each in read_statements(package="chassis", name="chassis.sql").described()]
    assert [purpose for purpose in purposes if not purpose.endswith(".") or not purpose[0].isupper()] == []
