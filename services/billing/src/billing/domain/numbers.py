"""Numbers without a gap, per issuer, series and year.

They are drawn from a row that is locked in the issuing transaction, so that what is rolled back has drawn nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from billing.domain.messages import InvoiceType


class Series(StrEnum):
    """The type of a document as far as its number is concerned; the value opens the number."""

    RECORD = "R"
    ELECTRONIC = "E"
    GENERAL_VAT = "G"
    SPECIAL_VAT = "S"
    RECORD_CREDIT = "RC"
    ELECTRONIC_CREDIT = "EC"
    GENERAL_VAT_CREDIT = "GC"
    SPECIAL_VAT_CREDIT = "SC"


INVOICE_SERIES = {
    InvoiceType.NONE: Series.RECORD,
    InvoiceType.ELECTRONIC: Series.ELECTRONIC,
    InvoiceType.GENERAL_VAT: Series.GENERAL_VAT,
    InvoiceType.SPECIAL_VAT: Series.SPECIAL_VAT,
}
CREDIT_SERIES = {
    InvoiceType.NONE: Series.RECORD_CREDIT,
    InvoiceType.ELECTRONIC: Series.ELECTRONIC_CREDIT,
    InvoiceType.GENERAL_VAT: Series.GENERAL_VAT_CREDIT,
    InvoiceType.SPECIAL_VAT: Series.SPECIAL_VAT_CREDIT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A drawn number."""

    issuer: str
    series: Series
    year: int
    serial: int

    def __str__(self) -> str:
        return f"{self.series}{self.year}-{self.serial:08d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """The last number that an issuer drew in a series, and its year."""

    issuer: str
    series: Series
    year: int = 0
    last: int = 0

    @property
    def key(self) -> str:
        """The key of the row."""
        return sequence_key(issuer=self.issuer, series=self.series)

    def draw(self, *, year: int) -> tuple[Sequence, Number]:
        """Draw the next number; a new year begins at one, and a clock that is behind stays in the year begun."""
        drawn_in = max(year, self.year)
        serial = self.last + 1 if drawn_in == self.year else 1
        number = Number(issuer=self.issuer, series=self.series, year=drawn_in, serial=serial)
        return replace(self, year=drawn_in, last=serial), number


def sequence_key(*, issuer: str, series: Series) -> str:
    """Return the key of a sequence; a series has no colon, so that two pairs never meet."""
    return f"{series}:{issuer}"
