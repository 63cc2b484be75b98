"""Tax is rounded once per line, half away from zero, whether the price includes it or it comes on top."""

from money.amounts import check_amount

RATE_SCALE = 1_000_000  # a rate is in parts per million: 130_000 is 13 %


def tax_added(*, base: int, rate: int) -> int:
    """Return the tax that comes on top of a base."""
    _check(base=base, rate=rate)
    return _round_half_up(base * rate, RATE_SCALE)


def tax_included(*, base: int, rate: int) -> int:
    """Return the part of a base that is tax."""
    _check(base=base, rate=rate)
    return _round_half_up(base * rate, RATE_SCALE + rate)


def _check(*, base: int, rate: int) -> None:
    check_amount(amount=base, field="base", least=None)
    check_amount(amount=rate, field="rate", most=RATE_SCALE)


def _round_half_up(dividend: int, divisor: int) -> int:
    rounded = (2 * abs(dividend) + divisor) // (2 * divisor)
    return rounded if dividend >= 0 else -rounded
