"""What a careless or hostile sender writes into a field."""

from __future__ import annotations

from random import Random
from typing import Any

DEEP = 200_000
LONG = 70_000

WORDS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff tail",
    "\u202eright to left",
    "\U0001f4a3" * 80,
    "\U0001f4a3" * 200,
    "e\u0301" * 40,
    "x" * 80,
    "x" * 81,
    "x" * 500,
    "x" * 501,
    "x" * LONG,
    "\r\n",
    "a\rb",
    "a\nb",
    '"',
    "'; DROP TABLE orders; --",
    "%00",
    "%s%n",
    "../../etc/passwd",
    "{}",
    "null",
    "NaN",
    "1e999",
    "-0",
    "9" * 400,
    "\u0661\u0662",
    "EUR",
    "JPY",
    "XXX",
    "eur",
)
TIMES = (
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "2026-01-05T09:00:00",
    "2026-01-05T09:00:00+00:00",
    "2026-02-30T09:00:00Z",
    "2026-06-30T23:59:60Z",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-14:00",
    "+10000-01-01T00:00:00Z",
    "yesterday",
)
NUMBERS = (
    *(-1, 0, 1, 2, 3, 10_000, 10_001, 1_000_000, 10_000_000, 10**15, 10**15 + 1),
    *(2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63), -(2**63) - 1, 10**400),
    *(0.0, -0.0, 0.5, 1.0, 1e308, float("nan"), float("inf"), float("-inf")),
)
OTHERS: tuple[Any, ...] = (
    None,
    True,
    False,
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"\0": "\0"},
    {"\ud800": 1},
    {"__proto__": {}},
)
RAW = (
    b"",
    b"\0",
    b"{",
    b"}",
    b"[",
    b'"',
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"1e999999999",
    b"-",
    b"NaN",
    b"Infinity",
    b",",
    b"/*",
    b"\r\n",
)
WHOLE = (
    b"",
    b" ",
    b"\0",
    b"null",
    b"true",
    b"0",
    b'""',
    b"[]",
    b"{}",
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b"[" * 500 + b"]" * 500,
    b"1" * 5_000,
    b"-1e400",
    b'"\\ud800"',
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b"<order/>",
    b"a=b&c=d",
    b"\x80\x04K\x01.",
)


def word(rng: Random, like: Any) -> Any:
    """Return something in the place of a value: mostly of its own kind."""
    chance = rng.random()
    if chance < 0.1:
        return rng.choice(OTHERS)
    if chance < 0.2:
        return rng.choice((*WORDS, *TIMES, *NUMBERS))
    if isinstance(like, bool):
        return rng.choice((not like, "true", 0, 1, None))
    if isinstance(like, int | float):
        return rng.choice((*NUMBERS, like + 1, like - 1, -like, str(like), like * 1_000, float(like)))
    if isinstance(like, str):
        return _text(rng, like)
    return rng.choice(OTHERS)


def _text(rng: Random, like: str) -> Any:
    if len(like) > 18 and like[4:5] == "-" and like[10:11] == "T":
        return rng.choice((*TIMES, like[:10], like + "Z"))
    place = rng.randint(0, len(like))
    return rng.choice(
        (*WORDS, like + "x", like[:-1], like[:place] + rng.choice(WORDS[:12]) + like[place:], like.upper())
    )
