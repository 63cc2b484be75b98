"""Amounts are whole minor units; ISO 4217 says how many of them make one unit of a currency."""

import re

from money.errors import AmountError, CurrencyError

LARGEST = 10**18  # fits a signed 64-bit column with room to add a few

_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
        "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR "
        "IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN "
        "NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
        "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS = {code: exponent for exponent, codes in _BY_EXPONENT.items() for code in codes.split()}

_DECIMAL = re.compile(r"(?P<sign>-?)(?P<whole>0|[1-9][0-9]*)(?:\.(?P<fraction>[0-9]+))?", re.ASCII)
_DIGITS = 19


def exponent_of(*, currency: str) -> int:
    """Return how many decimals the currency has."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise CurrencyError(f"currency {currency!r} is unknown: an ISO 4217 code such as CNY, EUR, USD") from None


def parse_amount(*, text: str, currency: str) -> int:
    """Return the minor units of a decimal text such as -12.34; more decimals than the currency has are refused."""
    exponent = exponent_of(currency=currency)
    match = _DECIMAL.fullmatch(text)
    fraction = (match["fraction"] or "") if match else ""
    if match is None or len(fraction) > exponent or len(match["whole"]) > _DIGITS:
        raise AmountError(f"amount {text[:40]!r} is no {currency} amount: digits with at most {exponent} decimals")
    amount = int(match["whole"] + fraction.ljust(exponent, "0"))
    return check_amount(amount=-amount if match["sign"] else amount, field="amount", least=None)


def format_amount(*, amount: int, currency: str) -> str:
    """Return the amount as decimal text with all decimals of the currency."""
    exponent = exponent_of(currency=currency)
    digits = str(abs(check_amount(amount=amount, field="amount", least=None))).rjust(exponent + 1, "0")
    sign = "-" if amount < 0 else ""
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else f"{sign}{digits}"


def check_amount(*, amount: int, field: str, least: int | None = 0, most: int = LARGEST) -> int:
    """Return the amount when it is an int between least and most; no least means that the sign is free."""
    lowest = -most if least is None else least
    if type(amount) is not int or not lowest <= amount <= most:
        raise AmountError(f"{field} is {amount!r}: a whole number from {lowest} to {most} is allowed")
    return amount
