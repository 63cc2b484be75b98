"""Divide an amount by weights so that the parts are exact, fair and the same for everybody who computes them."""

from collections.abc import Sequence

from money.amounts import check_amount
from money.errors import AllocationError


def allocate(*, amount: int, weights: Sequence[int], caps: Sequence[int] | None = None) -> tuple[int, ...]:
    """Return parts that sum to the amount: floor shares, then one more by largest remainder, ties by position.

    A weight of zero gets nothing, unless all are zero: then the amount is split evenly. No part exceeds its cap; what
    does not fit goes to the parts with room. A negative amount gives the mirror image, its caps bounding the size.
    """
    _check(amount=amount, weights=weights, caps=caps)
    if amount < 0:
        return tuple(-part for part in allocate(amount=-amount, weights=weights, caps=caps))
    if not any(weights):
        weights = (1,) * len(weights)
    parts = [0] * len(weights)
    sharing = [index for index, weight in enumerate(weights) if weight]
    left = amount if caps is None else _fill(parts=parts, sharing=sharing, amount=amount, weights=weights, caps=caps)
    for index, part in _largest_remainder(amount=left, weights=weights, sharing=sharing):
        parts[index] = part
    return tuple(parts)


def _check(*, amount: int, weights: Sequence[int], caps: Sequence[int] | None) -> None:
    check_amount(amount=amount, field="amount", least=None)
    for index, weight in enumerate(weights):
        check_amount(amount=weight, field=f"weights[{index}]")
    if amount and not weights:
        raise AllocationError(f"weights is empty: amount {amount} needs at least one part")
    if caps is None:
        return
    if len(caps) != len(weights):
        raise AllocationError(f"caps has {len(caps)} entries: it needs one for each of {len(weights)} weights")
    for index, cap in enumerate(caps):
        check_amount(amount=cap, field=f"caps[{index}]")
    room = sum(cap for cap, weight in zip(caps, weights, strict=True) if weight or not any(weights))
    if abs(amount) > room:
        raise AllocationError(f"amount {amount} exceeds the caps of the parts that share it: at most {room} fits")


def _fill(*, parts: list[int], sharing: list[int], amount: int, weights: Sequence[int], caps: Sequence[int]) -> int:
    """Set every part whose exact share reaches its cap to that cap, and return what is left for the others."""
    while sharing:
        total = sum(weights[index] for index in sharing)
        full = {index for index in sharing if amount * weights[index] >= caps[index] * total}
        if not full:
            break
        for index in full:
            parts[index] = caps[index]
            amount -= caps[index]
        # The exact shares of the others only grow from here, so that a full part stays full.
        sharing[:] = [index for index in sharing if index not in full]
    return amount


def _largest_remainder(*, amount: int, weights: Sequence[int], sharing: Sequence[int]) -> list[tuple[int, int]]:
    if not sharing:
        return []
    total = sum(weights[index] for index in sharing)
    shares = [(index, *divmod(amount * weights[index], total)) for index in sharing]
    missing = amount - sum(floor for _, floor, _ in shares)
    shares.sort(key=lambda share: (-share[2], share[0]))
    return [(index, floor + (rank < missing)) for rank, (index, floor, _) in enumerate(shares)]
