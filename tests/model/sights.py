"""What can be seen of the services in a state: their clocks, what people may do about it, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from model import people
from model.bank import Bank
from model.cast import BILLING, FULFILLMENT, INVENTORY, ORDER, PAYMENT
from model.clocks import Ring, rings
from model.machine import Event, Machine
from model.messages import Messages
from model.people import Deed
from model.pool import Once, Pool
from model.rules import ended, wrong_at_rest, wrong_together
from model.scene import Scene
from model.state import State
from order.domain.order import ORDER as ORDERS
from payment.domain.kinds import PAYMENT as PAYMENTS

Told = tuple[str, Event]


class Sights:
    """Each sight is worked out once for the states that it looks at."""

    def __init__(self, *, scene: Scene, cast: Sequence[Machine], messages: Messages, banks: Pool[Bank]) -> None:
        self._scene, self._cast, self._messages, self._banks = scene, cast, messages, banks
        self.rings: Once[tuple[int, int], tuple[Ring, ...]] = Once(self._rings)
        self.calls: Once[int, tuple[str, ...]] = Once(self._calls)
        self.dock: Once[int, list[Told]] = Once(self._dock)
        self.statements: Once[tuple[int, int], list[Told]] = Once(self._statements)
        self.receipts: Once[int, list[Told]] = Once(self._receipts)
        self.rivals: Once[int, list[Told]] = Once(self._rivals)
        self.wrong: Once[tuple[int, int, int], list[str]] = Once(self._wrong)
        self.wrong_end: Once[tuple[int, ...], list[str]] = Once(self._wrong_end)
        self._ends: Once[tuple[int, int], str] = Once(self._end)

    def early(self, service: int, number: int) -> tuple[int, ...]:
        """Return the messages that came too early for a service."""
        return self._cast[service].states[number].early

    def end(self, state: State) -> str:
        """Return how the order has ended; nothing while it has not, money is on its way back, or a message waits."""
        early = any(machine.states[number].early for machine, number in zip(self._cast, state[:5], strict=True))
        return "" if early else self._ends[state.order, state.payment]

    def _end(self, numbers: tuple[int, int]) -> str:
        (order,) = self._cast[ORDER].states[numbers[0]].all_of(ORDERS)
        payments = self._cast[PAYMENT].states[numbers[1]].all_of(PAYMENTS)
        returning = any(each.refunds_on_their_way for each in payments)
        return order.state.value if ended(order=order) and not returning else ""

    def _rings(self, of: tuple[int, int]) -> tuple[Ring, ...]:
        return rings(local=self._cast[of[0]].states[of[1]], archives=self._scene.archives)

    def _calls(self, number: int) -> tuple[str, ...]:
        waiting = self._cast[PAYMENT].states[number].waiting.values()
        return tuple(sorted(task.id for task in waiting if task.kind == "call"))

    def _dock(self, number: int) -> list[Told]:
        return self._told(people.at_the_dock(scene=self._scene, fulfillment=self._cast[FULFILLMENT].states[number]))

    def _statements(self, numbers: tuple[int, int]) -> list[Told]:
        payment, fulfillment = self._cast[PAYMENT].states[numbers[0]], self._cast[FULFILLMENT].states[numbers[1]]
        return self._told(people.by_statement(scene=self._scene, payment=payment, fulfillment=fulfillment))

    def _receipts(self, number: int) -> list[Told]:
        return self._told(people.receipts(scene=self._scene, order=self._cast[ORDER].states[number]))

    def _rivals(self, number: int) -> list[Told]:
        return self._told(people.rivals(scene=self._scene, inventory=self._cast[INVENTORY].states[number]))

    def _told(self, deeds: list[Deed]) -> list[Told]:
        return [(words, Event("message", self._messages.of(contract=contract))) for words, contract in deeds]

    def _wrong(self, numbers: tuple[int, int, int]) -> list[str]:
        payment, billing = self._cast[PAYMENT].states[numbers[0]], self._cast[BILLING].states[numbers[1]]
        return wrong_together(payment=payment, billing=billing, bank=self._banks.all[numbers[2]])

    def _wrong_end(self, numbers: tuple[int, ...]) -> list[str]:
        locals_ = [machine.states[number] for machine, number in zip(self._cast, numbers[:5], strict=True)]
        return wrong_at_rest(locals_=locals_, bank=self._banks.all[numbers[5]])
