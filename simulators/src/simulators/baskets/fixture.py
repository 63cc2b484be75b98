"""The committed baskets: gzip of JSON lines, the same bytes whenever they are made from the same baskets.

    ["product", sku, manufacturer, department, name, package size]
    ["basket", id, household, store, week, time, [[sku, quantity, gross, promotion, coupon] ...], [left out ...]]

Products come first. Money is in cents; what was left out has the order of `LeftOut` and is empty where it is nothing.
"""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from simulators.baskets.mapping import product_of
from simulators.baskets.model import Basket, BasketLine, LeftOut, Product, ProductRow

FIXTURE = Path(__file__).with_name("first-2000.jsonl.gz")
_LEFT_OUT = tuple(field.name for field in fields(LeftOut))


def write_fixture(*, path: Path, rows: Mapping[str, ProductRow], baskets: Iterable[Basket]) -> None:
    """Write baskets and the products that they name."""
    kept = list(baskets)
    skus = sorted({line.sku for basket in kept for line in basket.lines}, key=int)
    records = [["product", *astuple(rows.get(sku, ProductRow(sku=sku)))] for sku in skus]
    records += [_record(basket) for basket in kept]
    text = "".join(json.dumps(record, separators=(",", ":"), ensure_ascii=True) + "\n" for record in records)
    with (
        path.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=9, mtime=0) as packed,
    ):
        packed.write(text.encode())


def read_products(*, path: Path = FIXTURE) -> dict[str, Product]:
    """Return the products of the file by sku."""
    return {sku: product_of(row=row) for sku, row in read_product_rows(path=path).items()}


def read_product_rows(*, path: Path = FIXTURE) -> dict[str, ProductRow]:
    """Return the product rows of the file by sku, as the data has them."""
    rows = (_product_row(record) for record in _records(path=path) if record[0] == "product")
    return {row.sku: row for row in rows}


def read_baskets(*, path: Path = FIXTURE) -> Iterator[Basket]:
    """Yield the baskets of the file."""
    return (_basket(record) for record in _records(path=path) if record[0] == "basket")


def _records(*, path: Path) -> Iterator[list[Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _product_row(record: list[Any]) -> ProductRow:
    _, sku, manufacturer, department, name, package_size = record
    return ProductRow(sku=sku, manufacturer=manufacturer, department=department, name=name, package_size=package_size)


def _record(basket: Basket) -> list[Any]:
    return [
        "basket",
        int(basket.basket_id),
        int(basket.customer_id[1:]),
        int(basket.region[1:]),
        basket.week,
        basket.at.isoformat(),
        [[int(line.sku), line.quantity, line.gross, line.promotion, line.coupon] for line in basket.lines],
        list(astuple(basket.left_out)) if basket.left_out != LeftOut() else [],
    ]


def _basket(record: list[Any]) -> Basket:
    _, basket, household, store, week, at, lines, left_out = record
    return Basket(
        basket_id=str(basket),
        customer_id=f"h{household}",
        region=f"r{store}",
        week=week,
        at=datetime.fromisoformat(at),
        lines=tuple(
            BasketLine(sku=str(sku), quantity=quantity, gross=gross, promotion=promotion, coupon=coupon)
            for sku, quantity, gross, promotion, coupon in lines
        ),
        left_out=LeftOut(**dict(zip(_LEFT_OUT, left_out, strict=False))),
    )
