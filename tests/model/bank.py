"""The channel as its contract has it: what it did is certain, what it answers may be late or lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from chassis.store.values import Task
from contracts.payment import RecordChannelFactV1

BEGINNING = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class Bank(NamedTuple):
    """The channel's own record of the attempt, and of what its notices have not told yet."""

    state: str = "unknown"
    captures: tuple[int, ...] = ()
    refunds: tuple[tuple[str, int], ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def captured(self) -> int:
        """What it has taken."""
        return sum(self.captures)

    @property
    def refunded(self) -> int:
        """What it has given back."""
        return sum(amount for _, amount in self.refunds)

    def paid(self, amount: int) -> Bank:
        """Take what the customer pays, at a page that was closed, too; a notice is owed."""
        state = "paid" if self.state == "open" else self.state
        captures = (*self.captures, amount)
        untold = tuple(sorted((*self.untold, f"P{len(captures)}")))
        return self._replace(state=state, captures=captures, untold=untold)

    def told(self, reference: str) -> Bank:
        """Owe this notice no more."""
        return self._replace(untold=tuple(each for each in self.untold if each != reference))


def work(bank: Bank, call: Task, *, willing: bool) -> tuple[Bank, Mapping[str, Any]]:
    """Do what a call asks for and return the answer; asked again it does nothing a second time."""
    match call.name:
        case "create":
            return _create(bank, willing=willing)
        case "query":
            captures = [_capture(call.data, number, amount) for number, amount in enumerate(bank.captures, start=1)]
            return bank, {"verdict": "yes", "captures": captures}
        case "close":
            closes = bank.state == "open"
            verdict = "no" if bank.state == "paid" else "yes"
            return bank._replace(state="closed") if closes else bank, {"verdict": verdict}
        case _:
            return _refund(bank, call.data, willing=willing)


def _create(bank: Bank, *, willing: bool) -> tuple[Bank, Mapping[str, Any]]:
    if bank.state == "unknown" and not willing:
        return bank, {"verdict": "no", "reason": "channel_said_402"}
    opened = bank._replace(state="open") if bank.state == "unknown" else bank
    return opened, {"verdict": "yes", "pay_url": "http://channel/page"}


def _refund(bank: Bank, data: Mapping[str, Any], *, willing: bool) -> tuple[Bank, Mapping[str, Any]]:
    refund, amount = str(data["refund_id"]), int(data["amount"])
    done = refund in dict(bank.refunds)
    if not done and (not willing or amount > bank.captured - bank.refunded):
        return bank, {"verdict": "no", "reason": "channel_said_422"}
    if not done:
        refunds = tuple(sorted((*bank.refunds, (refund, amount))))
        bank = bank._replace(refunds=refunds)
    return bank, {"verdict": "yes", "reference": f"R{refund}"}


def _capture(data: Mapping[str, Any], number: int, amount: int) -> dict[str, Any]:
    return {
        "kind": "captured",
        "reference": f"P{number}",
        "attempt_id": data["attempt_id"],
        "currency": "USD",
        "amount": amount,
        "occurred_at": (BEGINNING + timedelta(seconds=number)).isoformat(),
    }


def notices(bank: Bank, *, order_id: str, channel: str, again: bool) -> Iterator[tuple[str, RecordChannelFactV1]]:
    """Return what the channel still has to tell, or, ``again``, what it has told already."""
    refunds = {f"R{refund}": (refund, amount) for refund, amount in bank.refunds}
    captures = {f"P{number}": amount for number, amount in enumerate(bank.captures, start=1)}
    for reference in (*captures, *refunds):
        if (reference in bank.untold) is again:
            continue
        refund = refunds.get(reference)
        number = 0 if refund else int(reference[1:])
        yield (
            reference,
            RecordChannelFactV1.model_validate(
                {
                    "order_id": order_id,
                    "attempt_id": f"{order_id}-1",
                    "channel": channel,
                    "fact": "refunded" if refund else "captured",
                    "reference": reference,
                    "currency": "USD",
                    "amount": refund[1] if refund else captures[reference],
                    "occurred_at": BEGINNING + timedelta(seconds=number),
                    "refund_id": refund[0] if refund else None,
                }
            ),
        )
