"""The models by name: each plays one part of the domain freely and keeps the rest short, so that it stays small."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.order import PlaceOrderV1
from model.scene import Scene, cancel, placed

DOORS = ("deliver", "refuse", "lose")
ONE, FLASH = (("tea", "w1", 1),), (("flash", "w2", 1),)
TWO = (("tea", "w1", 1), ("lamp", "w2", 1))
TEA = placed("tea")
WHOLE = (cancel(),)
LOST = frozenset({"cancelled", "closed"})


def _paid(name: str, order: PlaceOrderV1, **bounds: object) -> Scene:
    """Return a scene whose customer pays the due by card, and may cancel once."""
    bounds = {"stock": ONE, "pays": (order.due,), "cancels": WHOLE, **bounds}
    return Scene(name=name, order=order, **bounds)  # type: ignore[arg-type]  # bounds are those of a scene


SCENES: Mapping[str, Scene] = {
    scene.name: scene
    for scene in (
        _paid("standard", TEA, declines=True, archives=True),
        _paid("express", placed("tea", profile="express")),
        _paid("promotion", placed("tea", profile="promotion")),
        _paid(
            "goods",
            TEA,
            cancels=(),
            short=True,
            doors=DOORS,
            grades=("A", "C"),
            confirms=True,
            ends=LOST | {"completed"},
        ),
        _paid("short", TEA, short=True),
        _paid("twice", TEA, payments=2, cancels=()),
        _paid("late", TEA, payments=1, rival=True),
        _paid("too-little", TEA, pays=(TEA.due - 1,), ends=frozenset({"cancelled"})),
        _paid("topped-up", TEA, pays=(TEA.due - 1,), payments=2, cancels=()),
        _paid("too-much", TEA, pays=(TEA.due + 7,)),
        _paid("at-payment", placed("flash"), stock=FLASH, rival=True),
        _paid("tenders", placed("tea", coupon=True)),
        _paid("corporate", placed("tea", profile="corporate", channel="bank_transfer"), payments=2),
        _paid("cod", placed("tea", profile="cod", channel="cash_on_delivery"), short=True, doors=DOORS, confirms=True),
        _paid("virtual", placed("code", profile="virtual"), stock=(), declines=True),
        _paid("virtual-prepaid", placed("code", profile="virtual_prepaid", channel="balance"), stock=()),
        _paid("two-parts", placed("tea", "lamp", channel="balance"), stock=TWO, doors=("lose",), ends=LOST),
        _paid("a-part", placed("tea", "lamp", channel="balance"), stock=TWO, cancels=(cancel(part=1),), short=True),
        _paid("a-line", placed("tea", "lamp", channel="balance"), stock=TWO, cancels=(cancel(line="l1"),)),
        _paid("cod-parts", placed("tea", "lamp", profile="cod", channel="cash_on_delivery"), stock=TWO),
    )
}
