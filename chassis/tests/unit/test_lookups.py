from dataclasses import dataclass

from chassis.decision import Kind
from chassis.store.memory import MemoryStore
from chassis.tables import Lookup, Table, Tables
from chassis.testing import run_now


@dataclass(frozen=True, slots=True)
class Shop:
    name: str
    city: str


@dataclass(frozen=True, slots=True)
class City:
    shops: tuple[str, ...]


SHOP = Kind(name="shop", of=Shop)
CITY = Kind(name="city", of=City)


def city(key: str, shops: object) -> City | None:
    assert isinstance(shops, list)
    found = tuple(shop.name for shop in shops if shop.city == key)
    return City(found) if found else None


TABLES = Tables(
    Table(kind=SHOP, load="load_shops", save="save_shops"),
    Lookup(kind=CITY, load="load_cities", of=SHOP, make=city),
)


def test_a_lookup_is_made_of_a_feed() -> None:
    """A kind that is only read is made of a feed's values; where nothing belongs it is absent."""
    store = MemoryStore(tables=TABLES)
    run_now(store.feed(kind=SHOP, items=[("a", 1, Shop("a", "york")), ("b", 1, Shop("b", "bath"))]))
    loaded = run_now(store.load(refs=[(CITY, "york"), (CITY, "rome")]))
    assert {(CITY, "york"): City(("a",))} == {ref: stored.aggregate for ref, stored in loaded.items()}


def test_a_lookup_follows_its_feed() -> None:
    """The next read sees what the feed has replaced."""
    store = MemoryStore(tables=TABLES)
    run_now(store.feed(kind=SHOP, items=[("a", 1, Shop("a", "york"))]))
    run_now(store.feed(kind=SHOP, items=[("a", 2, Shop("a", "bath"))]))
    assert {} == run_now(store.load(refs=[(CITY, "york")]))
