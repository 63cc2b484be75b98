"""The weight of a unit, read from the words of its package.

The data writes 16 OZ, 12 PK/12 OZ, 12/16.9 OZ, 1 1/2 LB, 12 OZ/4 PK, 24 CT/13 GAL, 18 IN. A package weighs its first
mass or volume (a millilitre as a gram, an ounce by weight), times the pieces where they are written as n PK/ or n/
before it or as /n PK behind it. The volume of counted bags and boxes says what they hold, not what they weigh; a figure
above 50 kg is an article number that ran into its unit, such as 15142310 OZ.
"""

import re
from fractions import Fraction

DEFAULT_GRAMS = 500

_MOST_GRAMS = 50_000
_MASS = {"OZ": Fraction("28.349523125"), "LB": Fraction("453.59237"), "G": Fraction(1), "KG": Fraction(1000)}
_VOLUME = {
    "ML": Fraction(1),
    "L": Fraction(1000),
    "LT": Fraction(1000),
    "PT": Fraction("473.176473"),
    "QT": Fraction("946.352946"),
    "GA": Fraction("3785.411784"),
    "GAL": Fraction("3785.411784"),
}
_MEASURE = re.compile(
    r"""(?:(?P<before>\d+)\s*PK\s*/\s*)?                               # 12 PK/12 OZ
        (?P<number>(?:\d+\ )?\d+\s*/\s*(?:\d*\.\d+|\d+)|\d*\.\d+|\d+)  # 1 1/2, 3/4, 12/16.9, .5, 5.5, 16
        [\s-]*(?P<unit>OZ|LB|KG|G|ML|LT|L|PT|QT|GAL|GA)S?\b
        (?:\s*/\s*(?P<behind>\d+)\s*PK\b)?                             # 12 OZ/4 PK""",
    re.VERBOSE,
)
_COUNTED = re.compile(r"\bCT\b")
_FRACTIONS = frozenset({"2", "3", "4", "8", "16"})


def grams_of(*, package_size: str) -> int:
    """Return the weight in whole grams, at least one; 500 when the words tell no weight."""
    match = _MEASURE.search(package_size)
    if match is None or (match["unit"] in _VOLUME and _COUNTED.search(package_size)):
        return DEFAULT_GRAMS
    pieces = int(match["before"] or match["behind"] or 1)
    grams = pieces * _number(match["number"]) * (_MASS | _VOLUME)[match["unit"]]
    return max(1, round(grams)) if 0 < grams <= _MOST_GRAMS else DEFAULT_GRAMS


def _number(text: str) -> Fraction:
    """Return the number: 3/4 and 1 1/2 are fractions, 12/16.9 and 3/14 so many pieces of so much."""
    over, slash, under = (figure.strip() for figure in text.partition("/"))
    if not slash:
        return Fraction(over)
    whole, _, count = over.rpartition(" ")
    if under in _FRACTIONS and int(count) < int(under):
        return int(whole or 0) + Fraction(int(count), int(under))
    return int(count) * Fraction(under)
