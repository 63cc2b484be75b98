"""Which basket lives which life, chosen by seed: the same baskets and seed give the same plan, with exact shares.

A basket that shall be short needs a sku that no other basket wants, since that sku is then stocked one unit too low.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.ids import order_id
from contracts.values import ChannelName
from simulators.baskets.model import Basket
from simulators.chance import MILLION, Chance

CHANNELS: tuple[ChannelName, ...] = ("alipay", "wechat_pay", "card")


class Life(StrEnum):
    """What a customer does with an order."""

    ORDINARY = "ordinary"
    SHORT = "short of stock"
    UNPAID = "never paid"
    LATE = "paid late"
    CANCELLED = "cancelled after payment"
    REFUSED = "refused at the door"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How many of a million baskets live each life; the rest is ordinary.

    And of all of them, how many are placed over HTTP, sent twice, and confirmed by the customer.
    """

    short: int = 20_000
    unpaid: int = 30_000
    late: int = 10_000
    cancelled: int = 20_000
    refused: int = 10_000
    by_http: int = 200_000
    twice: int = 150_000
    confirmed: int = 300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One order to be lived: `early` cancels at once instead of waiting until the money is proven."""

    basket: Basket
    life: Life
    order_id: str
    key: str
    channel: ChannelName
    short_sku: str | None = None
    by_http: bool = False
    twice: bool = False
    confirms: bool = False
    early: bool = False


def make_plans(*, baskets: Sequence[Basket], seed: int, run: str, shares: Shares) -> tuple[Plan, ...]:
    """Return the plan of each basket, in their order; run keeps the ids of two runs on one stack apart."""
    chance = Chance(seed=seed)
    lives = _choose(baskets, seed, shares)
    lonely = _lonely_skus(baskets)
    return tuple(
        _plan(basket, lives.get(number, Life.ORDINARY), lonely[number], chance, run, shares)
        for number, basket in enumerate(baskets)
    )


def _plan(basket: Basket, life: Life, lonely: str | None, chance: Chance, run: str, shares: Shares) -> Plan:
    name = basket.basket_id
    key = f"{run}-{name}"
    return Plan(
        basket=basket,
        life=life,
        order_id=order_id(customer_id=basket.customer_id, idempotency_key=key),
        key=key,
        channel=CHANNELS[chance.below(limit=len(CHANNELS), of=("channel", name))],
        short_sku=lonely if life is Life.SHORT else None,
        by_http=chance.hits(ppm=shares.by_http, of=("http", name)),
        twice=chance.hits(ppm=shares.twice, of=("twice", name)),
        confirms=chance.hits(ppm=shares.confirmed, of=("confirms", name)),
        early=chance.hits(ppm=MILLION // 2, of=("early", name)),
    )


def _choose(baskets: Sequence[Basket], seed: int, shares: Shares) -> dict[int, Life]:
    """Draw the baskets of each life that is not ordinary; a basket that costs nothing is ordinary or short."""
    generator = random.Random(seed)
    lonely = _lonely_skus(baskets)
    free = [number for number in range(len(baskets)) if lonely[number] is not None]
    chosen = dict.fromkeys(generator.sample(free, k=min(len(free), _part(shares.short, baskets))), Life.SHORT)
    for life, share in (
        (Life.UNPAID, shares.unpaid),
        (Life.LATE, shares.late),
        (Life.CANCELLED, shares.cancelled),
        (Life.REFUSED, shares.refused),
    ):
        free = [number for number, basket in enumerate(baskets) if number not in chosen and basket.due]
        chosen |= dict.fromkeys(generator.sample(free, k=min(len(free), _part(share, baskets))), life)
    return chosen


def _part(ppm: int, baskets: Sequence[Basket]) -> int:
    return (ppm * len(baskets) + MILLION // 2) // MILLION


def _lonely_skus(baskets: Sequence[Basket]) -> list[str | None]:
    """Return for each basket a sku that stands on one of its lines and in no other basket."""
    lines = Counter(line.sku for basket in baskets for line in basket.lines)
    return [next((line.sku for line in basket.lines if lines[line.sku] == 1), None) for basket in baskets]
