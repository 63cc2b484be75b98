"""What the money engine refuses.

    MoneyError
    ├── AmountError          a figure is no whole number of minor units, or its text cannot be read
    │   └── CurrencyError    the currency is not in the table
    ├── AllocationError      an amount cannot be divided as asked
    ├── PricingError         an order cannot be priced as asked
    ├── UnitsError           units that do not exist, are named twice or are left out
    └── DocumentError        a stored price cannot be read back

Every message names the field, its value and what is allowed.
"""


class MoneyError(ValueError):
    """The money engine refused its input."""


class AmountError(MoneyError):
    """A figure is not a whole number of minor units in the allowed range."""


class CurrencyError(AmountError):
    """The currency is not in the ISO 4217 table of the engine."""


class AllocationError(MoneyError):
    """An amount cannot be divided as asked."""


class PricingError(MoneyError):
    """An order cannot be priced as asked."""


class UnitsError(MoneyError):
    """Units do not exist, are named twice or are left out."""


class DocumentError(MoneyError):
    """A stored price cannot be read back."""
