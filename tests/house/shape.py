"""What every Python file keeps to: its size, its functions' size, the docstrings of tests, reasons for ignores."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

MAX_FILE_LINES = 250
MAX_FUNCTION_LINES = 40
P90_BELOW = 20

IGNORE = re.compile(
    r"#\s*(?:ruff:\s*|flake8:\s*)?(?P<kind>noqa|type:\s*ignore|mypy:|pragma: no cover)(?P<rest>.*)", re.IGNORECASE
)
CODES = re.compile(r"\s*(?::\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*|\[[a-z][a-z, -]*\])(?P<reason>.*)")
REASON = re.compile(r"\s*(?:#|-|:)?\s*\w.{7,}")
LINT_CODE = re.compile(r"\s*\"[A-Z]+\d+\",(?P<comment>.*)")


def long_file(*, source: str) -> list[str]:
    """Return the offence of a file that has too many lines."""
    lines = len(source.splitlines())
    return [f"{lines} lines, at most {MAX_FILE_LINES}"] if lines > MAX_FILE_LINES else []


def function_lengths(*, source: str) -> list[tuple[str, int]]:
    """Return name and number of lines of each function, nested ones included."""
    return [(node.name, (node.end_lineno or node.lineno) - node.lineno + 1) for node in _functions(source=source)]


def long_functions(*, source: str) -> list[str]:
    """Return each function that has too many lines."""
    lengths = function_lengths(source=source)
    return [
        f"{name}: {lines} lines, at most {MAX_FUNCTION_LINES}" for name, lines in lengths if lines > MAX_FUNCTION_LINES
    ]


def tests_without_fact(*, source: str) -> list[str]:
    """Return each test whose docstring is not one line that ends with a full stop."""
    tests = [node for node in _functions(source=source) if node.name.startswith("test_")]
    return [
        f"line {node.lineno}: {node.name}" for node in tests if not _is_fact(text=ast.get_docstring(node, clean=False))
    ]


def bare_ignores(*, source: str) -> list[str]:
    """Return each ignore comment without a code or without a reason after it."""
    comments = [
        token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type == tokenize.COMMENT
    ]
    return [f"line {token.start[0]}: {token.string}" for token in comments if not _is_reasoned(comment=token.string)]


def bare_lint_codes(*, text: str) -> list[str]:
    """Return each lint code of a list that has no comment beside it."""
    codes = [match for match in map(LINT_CODE.fullmatch, text.splitlines()) if match is not None]
    return [match[0].strip() for match in codes if REASON.fullmatch(match["comment"]) is None]


def more_than_docstring(*, source: str) -> list[str]:
    """Return the offence of a package file that holds more than its docstring."""
    body = ast.parse(source).body
    docstring = len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    return [] if docstring else ["holds more or less than a docstring"]


def _functions(*, source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _is_fact(*, text: str | None) -> bool:
    return text is not None and "\n" not in text and text.endswith(".")


def _is_reasoned(*, comment: str) -> bool:
    ignore = IGNORE.search(comment)
    if ignore is None:
        return True
    if ignore["kind"].lower().startswith("pragma"):
        return REASON.fullmatch(ignore["rest"]) is not None
    codes = CODES.fullmatch(ignore["rest"])
    return codes is not None and REASON.fullmatch(codes["reason"]) is not None
