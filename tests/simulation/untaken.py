"""Rows of the state tables that no history takes, each with its reason; a test sees that none of them is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

SHIPPED = ("order physical", "order cod")
HANDED_OVER = "its least advanced part can only be handed over, or be kept by the warehouse, which locks the order"
GONE = "a part that has left the warehouse is never cancelled, and decides over those that were"
ENDED = "its last open part is completed or lies between its return and its money, never both at once"
NOT_HELD = "an order waits for its least advanced part: where the warehouse still holds one, it is earlier in its life"
NO_STOCK = "virtual goods have no stock that can be gone"
NO_RETRY = "an order gives up with its first declined payment: nobody asks by another channel"
DIFFERS_FIRST = "money that is found when a payment is cancelled is confirmed first, and goes back as what differs"
NOT_INVOICED = "what is cancelled has not left, and only what has left is invoiced"
CAPTURED_FIRST = "the order takes money that is proven for captured before it takes it for proven"
NOBODY_DECLINES = "cash is asked for without a channel and without a deadline: nobody declines it"
ONE_WORD = "a stored balance is paid in one step: payment says that it is reconciled, and nothing of it before"
ADDS_UP = "billing refuses what has no invoice, or more than is left: what an order asks for comes in order and adds up"
GATE = "a cancellation that comes then waits for the word that makes the money certain"


def _rows() -> Iterator[tuple[tuple[str, str, str], str]]:
    for table in SHIPPED:
        for trigger in ("delivered", "returning", "completed", "closed", "cancelled"):
            yield (table, "awaiting_dispatch", trigger), HANDED_OVER
        for state in ("awaiting_receipt", "service_window", "closing"):
            yield (table, state, "cancelled"), GONE
        yield (table, "service_window", "closed"), ENDED
        yield (table, "awaiting_receipt", "cancel"), NOT_HELD
    for table in ("order virtual", "order virtual_prepaid"):
        yield (table, "confirming_payment", "goods_gone"), NO_STOCK
    yield ("order cod", "awaiting_pick", "declined"), NOBODY_DECLINES
    for trigger in ("captured", "excess", "mismatched"):
        yield ("order virtual_prepaid", "confirming_payment", trigger), ONE_WORD
    yield ("saga closing", "credit_note", "credit_note_refused"), ADDS_UP
    yield ("saga invoicing", "issue_invoice", "invoice_refused"), ADDS_UP
    yield ("payment", "declined", "request"), NO_RETRY
    yield ("payment", "cancelling", "give_up"), DIFFERS_FIRST
    for word in ("credit_note_issued", "credit_note_refused", "timeout"):
        yield ("saga cancellation", "credit_note", word), NOT_INVOICED
    yield ("saga checkout", "captured", "payment_reconciled"), CAPTURED_FIRST
    yield ("saga checkout", "reconciled", "refuse"), GATE


NEVER: Mapping[tuple[str, str, str], str] = dict(_rows())
