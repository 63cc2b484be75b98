import pytest
from hypothesis import given
from hypothesis import strategies as st

from money.amounts import EXPONENTS, LARGEST, exponent_of, format_amount, parse_amount
from money.errors import AmountError, CurrencyError


@pytest.mark.parametrize(
    "text, currency, amount",
    [
        ("12.34", "EUR", 1234),
        ("12", "EUR", 1200),
        ("12.3", "EUR", 1230),
        ("-0.05", "CNY", -5),
        ("1234", "JPY", 1234),
        ("1.234", "KWD", 1234),
        ("0.0001", "CLF", 1),
    ],
)
def test_a_decimal_text_is_read_exactly(text: str, currency: str, amount: int) -> None:
    """A decimal text is read as minor units of its currency."""
    assert amount == parse_amount(text=text, currency=currency)


@pytest.mark.parametrize(
    "text", ["", ".5", "1.", "01", "1e3", "+1", " 1", "1,00", "1.234", "--1", "NaN", "\u0661", "9" * 40]
)
def test_other_text_is_refused(text: str) -> None:
    """What is no plain decimal of the currency is refused, and the message says what is allowed."""
    with pytest.raises(AmountError, match="at most 2 decimals"):
        parse_amount(text=text, currency="EUR")


def test_an_unknown_currency_is_refused() -> None:
    """A code that ISO 4217 does not list is refused."""
    with pytest.raises(CurrencyError, match="'XYZ'"):
        exponent_of(currency="XYZ")


@given(st.integers(-LARGEST, LARGEST), st.sampled_from(sorted(EXPONENTS)))
def test_an_amount_survives_its_text(amount: int, currency: str) -> None:
    """What is formatted is read back as the same amount."""
    assert amount == parse_amount(text=format_amount(amount=amount, currency=currency), currency=currency)


@pytest.mark.parametrize(
    "amount, currency, text", [(5, "EUR", "0.05"), (-5, "EUR", "-0.05"), (5, "JPY", "5"), (5, "OMR", "0.005")]
)
def test_an_amount_is_written_with_all_decimals(amount: int, currency: str, text: str) -> None:
    """The text has exactly the decimals of the currency."""
    assert text == format_amount(amount=amount, currency=currency)
