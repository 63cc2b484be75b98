"""Count what baskets have and what is left out of them."""

from dataclasses import asdict

from simulators.baskets.model import LeftOut
from simulators.baskets.read import Replay


def count_baskets(*, replay: Replay) -> dict[str, int]:
    """Return what a replay has and what it leaves out; money in cents."""
    totals = dict.fromkeys(
        ("baskets", "lines", "units", "gross", "promotion", "net", "coupon", "due", "free_baskets", "longest_basket"), 0
    )
    left_out = LeftOut()
    for basket in replay.baskets():
        for figure in ("gross", "promotion", "net", "coupon", "due"):
            totals[figure] += getattr(basket, figure)
        totals["baskets"] += 1
        totals["lines"] += len(basket.lines)
        totals["units"] += sum(line.quantity for line in basket.lines)
        totals["free_baskets"] += basket.due == 0
        totals["longest_basket"] = max(totals["longest_basket"], len(basket.lines))
        left_out += basket.left_out
    return {**totals, **{f"left_out_{name}": value for name, value in asdict(left_out).items()}}
