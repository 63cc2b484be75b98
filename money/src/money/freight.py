"""What transport costs, who bears it when an order is divided, and what comes back of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from money.allocate import allocate
from money.amounts import check_amount
from money.errors import AllocationError


@dataclass(frozen=True, slots=True, kw_only=True)
class FreightTemplate:
    """A tariff for one zone: a price up to the first measure (pieces, grams or ccm), and a price per step beyond it."""

    first: int
    first_price: int
    step: int
    step_price: int

    def __post_init__(self) -> None:
        check_amount(amount=self.first, field="first")
        check_amount(amount=self.first_price, field="first_price")
        check_amount(amount=self.step, field="step", least=1)
        check_amount(amount=self.step_price, field="step_price")


class FreightPolicy(StrEnum):
    """Who bears the freight of a divided order: its first child, or all by their net."""

    FIRST_CHILD = "first_child"
    SPREAD = "spread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freight:
    """The freight of an order and the policy that was stored with it; the price includes its tax, if any."""

    amount: int = 0
    policy: FreightPolicy = FreightPolicy.SPREAD

    def __post_init__(self) -> None:
        check_amount(amount=self.amount, field="freight.amount")


class FreightReason(StrEnum):
    """Why goods come back, as far as freight is concerned."""

    CANCELLED_BEFORE_DISPATCH = "cancelled_before_dispatch"
    MERCHANT_AT_FAULT = "merchant_at_fault"
    CHANGE_OF_MIND = "change_of_mind"


def freight_price(*, template: FreightTemplate, measure: int) -> int:
    """Return first price + ceil((measure - first) / step) x step price; nothing costs nothing."""
    check_amount(amount=measure, field="measure")
    if not measure:
        return 0
    steps = -(-max(0, measure - template.first) // template.step)
    return template.first_price + steps * template.step_price


def divide_freight(*, freight: Freight, nets: Sequence[int]) -> tuple[int, ...]:
    """Return the freight that each child bears, given the net of each child's goods."""
    if freight.policy is FreightPolicy.FIRST_CHILD:
        return (freight.amount, *(0 for _ in nets[1:]))
    return allocate(amount=freight.amount, weights=nets)


def freight_refund(*, freight: int, reason: FreightReason, return_freight: int = 0) -> int:
    """Return the freight that the customer gets back; a merchant at fault also pays the return freight."""
    check_amount(amount=freight, field="freight")
    check_amount(amount=return_freight, field="return_freight")
    match reason:
        case FreightReason.CANCELLED_BEFORE_DISPATCH:
            return freight
        case FreightReason.MERCHANT_AT_FAULT:
            return freight + return_freight
        case FreightReason.CHANGE_OF_MIND:
            return 0


def rebook_freight(*, freights: Sequence[int], nets: Sequence[int], refused: Collection[int]) -> tuple[int, ...]:
    """Move the freight of the refused children (by position) to the surviving ones, by their net.

    Refusing the parcel that bears the freight returns none of it, and the rest does not ship free. When nobody survives
    it stays where it was.
    """
    if len(freights) != len(nets):
        raise AllocationError(f"freights has {len(freights)} entries: it needs one for each of {len(nets)} nets")
    unknown = sorted(child for child in refused if not 0 <= child < len(freights))
    if unknown:
        raise AllocationError(f"refused child {unknown[0]} does not exist: children are 0 to {len(freights) - 1}")
    surviving = [child for child in range(len(freights)) if child not in refused]
    if not surviving:
        return tuple(freights)
    homeless = sum(freights) - sum(freights[child] for child in surviving)
    moved = allocate(amount=homeless, weights=[nets[child] for child in surviving])
    rebooked = [0] * len(freights)
    for child, part in zip(surviving, moved, strict=True):
        rebooked[child] = freights[child] + part
    return tuple(rebooked)
