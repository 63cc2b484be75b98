"""Make the committed baskets from the whole year."""

from itertools import islice
from pathlib import Path

from simulators.baskets.fixture import write_fixture
from simulators.baskets.mapping import baskets_of
from simulators.baskets.read import whole_year


def extract(*, count: int, path: Path) -> None:
    """Write the first baskets that have merchandise, with the products that they name."""
    package = whole_year()
    products = package.load_products()
    baskets = baskets_of(rows=package.load_rows(products=products))
    write_fixture(path=path, rows=products, baskets=islice(baskets, count))
