"""One sub-order and its bill, as the tests of billing know them."""

from __future__ import annotations

from typing import Any

from billing.consumers import ROUTES
from billing.domain.credits import Bill
from billing.domain.kinds import BILL
from billing.publishers import PUBLISH
from chassis.testing import Bench, Happened
from contracts import billing as b
from contracts.values import Contract

ORDER = "6f9619ff-8b86-5011-b42d-00c04fc964ff"
SUB_ORDER = f"{ORDER}-s1"
TEA = b.BillableLine(
    line_id="tea",
    sku="tea-1",
    name="Green tea",
    quantity=3,
    gross=3_000,
    discount=300,
    net=2_700,
    tax_rate=130_000,
    tax=311,
)
CUP = b.BillableLine(
    line_id="cup",
    sku="cup-1",
    name="Cup",
    quantity=1,
    gross=1_000,
    discount=0,
    net=1_000,
    tax_rate=60_000,
    tax=60,
    tax_included=False,
)
FREIGHT = 500
TOTAL = 2_700 + 1_060 + FREIGHT


def bench() -> Bench:
    """Return the billing service on a bench."""
    return Bench(service="billing", routes=ROUTES, publisher=PUBLISH)


def invoice(**changes: Any) -> b.IssueInvoiceV1:
    """Return the wish to invoice the sub-order."""
    fields = {
        "order_id": ORDER,
        "sub_order_id": SUB_ORDER,
        "issuer": "apple-farm",
        "invoice_type": "electronic",
        "buyer": {"customer_id": "ann"},
        "currency": "EUR",
        "lines": (TEA, CUP),
        "freight": FREIGHT,
        "total": TOTAL,
    }
    return b.IssueInvoiceV1.model_validate({**fields, **changes})


def other(number: int, **changes: Any) -> b.IssueInvoiceV1:
    """Return the wish to invoice another order."""
    order_id = f"6f9619ff-8b86-5011-b42d-{number:012d}"
    return invoice(order_id=order_id, sub_order_id=f"{order_id}-s1", **changes)


def credit(
    credit_id: str = "credit-1", *lines: tuple[str, int, int], freight: int = 0, reason: str = "refused"
) -> b.IssueCreditNoteV1:
    """Return the wish to take back these lines (id, quantity, amount), or everything."""
    taken = tuple(b.CreditedLine(line_id=line_id, quantity=count, amount=amount) for line_id, count, amount in lines)
    return b.IssueCreditNoteV1(
        credit_id=credit_id,
        order_id=ORDER,
        sub_order_id=SUB_ORDER,
        reason=reason,
        lines=taken,
        freight=freight,
    )


def bill(on: Bench) -> Bill:
    """Return the bill of the sub-order."""
    found = on.aggregate(BILL, SUB_ORDER)
    assert found is not None
    return found


def only(happened: Happened) -> Contract:
    """Return the only thing that was told to others."""
    (emitted,) = happened.emitted
    return emitted
