"""The rules themselves: each finds what it is made for, and lets the allowed neighbour pass."""

import pytest

from house import places, purity, shape


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.now()",
        "import datetime as dt\ndt.datetime.utcnow()",
        "import uuid\nuuid.uuid4()",
        "from uuid import uuid4",
        "import random",
        "from random import choice",
        "import time",
        "async def f() -> None: ...",
        "async def f() -> None:\n    await g()",
        "open('x')",
        "print('x')",
        "import os.path",
        "from pathlib import Path",
        "def f() -> None:\n    import socket",
    ],
)
def test_impurity_is_found(source: str) -> None:
    """Clocks, chance, waiting and the outside world are offences wherever they stand."""
    assert [] != purity.impurities(source=source)


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndef f(*, now: datetime) -> datetime:\n    return now",
        "from uuid import UUID\nUUID('x')",
        "context.now",
        "opened = closed(open_=1)",
    ],
)
def test_purity_passes(source: str) -> None:
    """A time or an id that comes in as an argument is no offence."""
    assert [] == purity.impurities(source=source)


@pytest.mark.parametrize(
    "source", ["x = 1.0", "x = 1e3", "float(x)", "def f(*, x: float) -> int: ...", "x = a / b", "x /= 2", "x = 2j"]
)
def test_float_is_found(source: str) -> None:
    """Literals, conversions, annotations and true division are offences."""
    assert [] != purity.floats(source=source)


@pytest.mark.parametrize("source", ["x = 10 // 3", "x = 1", "x = '1.0 / 2'", "x = divmod(7, 2)"])
def test_whole_numbers_pass(source: str) -> None:
    """Whole numbers, floor division and text are no offence."""
    assert [] == purity.floats(source=source)


@pytest.mark.parametrize(
    "source", ["import asyncpg", "from contracts.order import X", "from chassis.processor import P", "import billing"]
)
def test_foreign_import_is_found(source: str) -> None:
    """Drivers, contracts, other services and the rest of chassis are foreign to a decision."""
    assert [] != purity.foreign_imports(source=source, package="order")


@pytest.mark.parametrize(
    "source",
    [
        "import enum",
        "from order.domain import Order",
        "from money.allocate import x",
        "from chassis.decision import Decision",
        "from chassis import saga",
    ],
)
def test_own_import_passes(source: str) -> None:
    """The standard library, the own service, money and the pure modules of chassis may be imported."""
    assert [] == purity.foreign_imports(source=source, package="order")


def test_positional_function_is_found() -> None:
    """A public function with a positional parameter is an offence; private and keyword-only ones are none."""
    source = "def a(x): ...\ndef _b(x): ...\ndef c(*, x): ..."
    assert ["line 1: a takes positional arguments"] == purity.positional(source=source)


@pytest.mark.parametrize(
    "body",
    ["pass", "'''No full stop'''", "'''Two\n    lines.'''"],
)
def test_test_without_fact_is_found(body: str) -> None:
    """A test with no docstring, none that ends, or more than a line is an offence."""
    assert ["line 1: test_x"] == shape.tests_without_fact(source=f"async def test_x():\n    {body}\n")


def test_fact_passes() -> None:
    """A docstring of one line with a full stop is a fact, and functions that are no tests need none."""
    assert [] == shape.tests_without_fact(source="def test_x():\n    '''A fact.'''\n\ndef other(): ...\n")


def test_length_is_measured() -> None:
    """One line more than allowed is an offence of a file and of a function; the limit itself is none."""
    function = "def f():\n" + "    x = 1\n" * (shape.MAX_FUNCTION_LINES - 1)
    assert [] == shape.long_functions(source=function)
    assert ["f: 41 lines, at most 40"] == shape.long_functions(source=function + "    x = 1\n")
    assert [] == shape.long_file(source="x = 1\n" * shape.MAX_FILE_LINES)
    assert ["251 lines, at most 250"] == shape.long_file(source="x = 1\n" * (shape.MAX_FILE_LINES + 1))


@pytest.mark.parametrize(
    "comment",
    [
        "noqa",
        "noqa: S311",
        "noqa: S311 -",
        "noqa a reason without a code",
        "type: ignore",
        "type: ignore[arg-type]",
        "ruff: noqa",
        "pragma: no cover",
    ],
)
def test_bare_ignore_is_found(comment: str) -> None:
    """An ignore without a code or without a reason is an offence."""
    assert [f"line 1: # {comment}"] == shape.bare_ignores(source=f"x = 1  # {comment}\n")


@pytest.mark.parametrize(
    "comment",
    [
        "noqa: S311 - chosen by the seed",
        "noqa: S311, PLR2004  # chosen by the seed",
        "type: ignore[arg-type]  # the driver says too little",
        "pragma: no cover - only on macOS",
        "a plain comment",
    ],
)
def test_reasoned_ignore_passes(comment: str) -> None:
    """An ignore with code and reason is no offence, and neither is text that looks like one."""
    assert [] == shape.bare_ignores(source=f"x = '# noqa'  # {comment}\n")


def test_bare_lint_code_is_found() -> None:
    """A lint code without a comment is an offence."""
    assert ['"S311",'] == shape.bare_lint_codes(text='    "S311",\n    "S101", # pytest asserts with assert\n')


def test_filled_package_file_is_found() -> None:
    """A package file with an import is an offence; one docstring is none."""
    assert [] == shape.more_than_docstring(source='"""The package."""\n')
    assert [] != shape.more_than_docstring(source='"""The package."""\nimport enum\n')
    assert [] != shape.more_than_docstring(source="")


@pytest.mark.parametrize("place", [*places.FOLDERS, *places.HOSTS])
def test_forbidden_place_is_found(place: str) -> None:
    """Each forbidden folder and host is an offence in any text."""
    assert [f"line 2: {place}"] == places.forbidden_places(path="README.md", text=f"one\nsee {place} there\n")


def test_neighbours_of_places_pass() -> None:
    """Words that only look like a forbidden place are no offence, and .ci/run may look for its tool."""
    assert [] == places.forbidden_places(path="README.md", text="a uv workspace/root, /workers, frame/work, network")
    assert [] == places.forbidden_places(path=".ci/run", text=places.ALLOWED[".ci/run"])
    assert [] != places.forbidden_places(path="Makefile", text=places.ALLOWED[".ci/run"])
