"""One customer and one order, lived as planned; nothing here depends on how fast the services are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, Self

import httpx

from contracts.order import (
    CancelOrderV1,
    ConfirmReceiptV1,
    OrderCancelledV1,
    OrderClosedV1,
    OrderCompletedV1,
    OrderConfirmedV1,
    OrderRejectedV1,
    PlaceOrderV1,
)
from contracts.payment import PaymentRequestedV1
from contracts.values import Contract
from simulators.channel.signatures import Signer
from simulators.shopper.asking import accepted, insist
from simulators.shopper.expectation import PAYING
from simulators.shopper.messages import place_order
from simulators.shopper.plan import Life, Plan
from simulators.shopper.watch import ENDS, Watch
from simulators.world.scripts import Script

_OUTCOMES: Mapping[type[Contract], str] = {
    OrderRejectedV1: "rejected",
    OrderCancelledV1: "cancelled",
    OrderClosedV1: "closed",
    OrderCompletedV1: "completed",
}
_PAGE_OR_END: tuple[type[Contract], ...] = (PaymentRequestedV1, *ENDS)
_CONFIRMED_OR_END: tuple[type[Contract], ...] = (OrderConfirmedV1, *ENDS)


class OrderDesk(Protocol):
    """Where orders are placed, cancelled and confirmed."""

    async def place(self, *, order: PlaceOrderV1, by_http: bool, twice: bool) -> None:
        """Place an order."""

    async def cancel(self, *, order: CancelOrderV1, by_http: bool, twice: bool) -> None:
        """Cancel an order."""

    async def confirm(self, *, order: ConfirmReceiptV1, twice: bool) -> None:
        """Say that the goods are here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """What customers can reach: the order desk, the events, the pay page, and the world's desk for scripts."""

    desk: OrderDesk
    watch: Watch
    client: httpx.AsyncClient
    world_url: str
    signer: Signer
    now: Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What a customer did and how it ended."""

    plan: Plan
    paid: bool
    end: type[Contract]

    @property
    def outcome(self) -> str:
        """The state that the order ended in."""
        return _OUTCOMES[self.end]

    @property
    def as_it_came(self) -> Self:
        """The life with the plan that its end belongs to.

        An order that nobody would have paid has a deadline of seconds. When that is over before the stock is held, on
        a slow machine, the order is not accepted and then cancelled but refused at once, like one without stock.
        """
        if self.end is OrderRejectedV1 and self.plan.life in {Life.UNPAID, Life.LATE} and not self.paid:
            return replace(self, plan=replace(self.plan, life=Life.SHORT))
        return self


async def live(*, plan: Plan, street: Street) -> Lived:
    """Live one plan until its order has ended."""
    await _write_script(plan, street)
    await street.desk.place(order=place_order(plan=plan), by_http=plan.by_http, twice=plan.twice)
    paid = await _pay_or_not(plan, street)
    if plan.life is Life.CANCELLED:
        await _cancel(plan, street)
    if plan.life is Life.ORDINARY and plan.confirms:
        await _confirm(plan, street)
    end = await street.watch.first(order_id=plan.order_id, of=ENDS)
    return Lived(plan=plan, paid=paid, end=type(end))


async def _pay_or_not(plan: Plan, street: Street) -> bool:
    """Pay when the plan says so and there is something to pay; whoever pays late waits until the order is cancelled."""
    if plan.life not in PAYING or not plan.basket.due:
        return False
    known = await street.watch.first(order_id=plan.order_id, of=_PAGE_OR_END)
    if plan.life is Life.LATE:
        await street.watch.first(order_id=plan.order_id, of=ENDS)
    if not isinstance(known, PaymentRequestedV1):
        return False
    await _pay(known.pay_url, street)
    return True


async def _write_script(plan: Plan, street: Street) -> None:
    """Tell the world: an order to be cancelled is not picked before, and a refused one is refused at the door."""
    script = Script(
        order_id=plan.order_id,
        pick="hold" if plan.life is Life.CANCELLED else "all",
        door="refuse" if plan.life is Life.REFUSED else "accept",
    )
    body = script.model_dump_json().encode()
    headers = street.signer.headers(body=body, now=street.now())
    url = f"{street.world_url}/scripts/{plan.order_id}"
    accepted(answer=await insist(client=street.client, method="PUT", url=url, content=body, headers=headers))


async def _pay(pay_url: str, street: Street) -> None:
    """Press the button until the page answers: pressing it twice takes the money once."""
    accepted(answer=await insist(client=street.client, method="POST", url=pay_url, headers={}))


async def _cancel(plan: Plan, street: Street) -> None:
    if not plan.early:
        await street.watch.first(order_id=plan.order_id, of=_CONFIRMED_OR_END)
    command = CancelOrderV1(order_id=plan.order_id, by="customer", reason="changed_mind")
    await street.desk.cancel(order=command, by_http=plan.by_http, twice=plan.twice)


async def _confirm(plan: Plan, street: Street) -> None:
    if await street.watch.delivered(order_id=plan.order_id):
        await street.desk.confirm(order=ConfirmReceiptV1(order_id=plan.order_id), twice=plan.twice)
