"""What each step of a saga asks of a participant, said the same way however often it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from money.runs import Units
from money.shares import Share, share_of
from order.domain import ids, requests
from order.domain.order import Order, Refund, SubOrder, Terms
from order.domain.profiles import ProfileName
from order.domain.split import due_of, share_by_line, share_of_part

DEFAULT_HOLD = timedelta(days=1)


def request(*, command: str, terms: Terms, order: Order, key: str) -> object:
    """Return the command that this step of the saga with this key sends."""
    return _REQUESTS[command](terms, order, key)


def deadline(*, terms: Terms) -> datetime:
    """Return until when stock is held and money is waited for (T01 to T05)."""
    return terms.placed_at + (terms.pay_within or DEFAULT_HOLD)


def extend_hold(*, order: Order, now: datetime) -> requests.ExtendHold:
    """Return the one extension of the hold, while the payment is being confirmed."""
    return requests.ExtendHold(order_id=order.order_id, hold_until=max(now, order.pay_deadline or now) + DEFAULT_HOLD)


def cancel_payment(*, order: Order) -> requests.CancelPayment:
    """Return the question that ends a payment, unless its money is there and right."""
    reason = order.lock.reason if order.lock else order.why
    return requests.CancelPayment(order_id=order.order_id, reason=reason or "cancelled")


def part_of_key(*, order: Order, key: str) -> SubOrder:
    """Return the sub-order that a saga such as ``closing-2`` is about."""
    number = int(key.rpartition("-")[2])
    return next(part for part in order.sub_orders if part.number == number)


def _lock_tenders(terms: Terms, order: Order, _key: str) -> object:
    return requests.LockTenders(
        order_id=order.order_id, customer_id=order.customer_id, currency=terms.currency, tenders=terms.tenders
    )


def _release_tenders(_terms: Terms, order: Order, key: str) -> object:
    refund = order.refund_of(saga=key)
    tenders = () if refund is None or refund.whole else refund.tenders
    return requests.ReleaseTenders(order_id=order.order_id, cause=key, tenders=tenders)


def _reserve_stock(terms: Terms, order: Order, _key: str) -> object:
    return requests.ReserveStock(
        order_id=order.order_id,
        customer_id=order.customer_id,
        region=terms.delivery.region,
        method=terms.delivery.method,
        hold_until=deadline(terms=terms),
        lines=tuple(
            requests.StockLine(line_id=line.line_id, sku=line.sku, quantity=line.quantity) for line in terms.physical
        ),
    )


def _release_stock(_terms: Terms, order: Order, key: str) -> object:
    refund = order.refund_of(saga=key)
    # After the split the units are named even when they are the last: inventory may not have heard yet of the dispatch
    # of others, which have left and are not to be released.
    everything = refund is None or (refund.whole and not order.sub_orders)
    lines = refund.held if refund is not None and not everything else ()
    return requests.ReleaseStock(order_id=order.order_id, cause=key, lines=lines)


def _commit_stock(_terms: Terms, order: Order, _key: str) -> object:
    return requests.CommitStock(order_id=order.order_id)


def _restock(_terms: Terms, order: Order, key: str) -> object:
    return requests.Restock(order_id=order.order_id, cause=key, units=part_of_key(order=order, key=key).graded)


def _request_payment(terms: Terms, order: Order, _key: str) -> object:
    return requests.RequestPayment(
        order_id=order.order_id,
        customer_id=order.customer_id,
        channel=terms.channel,
        currency=terms.currency,
        amount=terms.priced.due,
        deadline=deadline(terms=terms),
        parts=tuple(merchant.part for merchant in terms.merchants),
    )


def _cancel_payment(_terms: Terms, order: Order, _key: str) -> object:
    return cancel_payment(order=order)


def _refund(_terms: Terms, order: Order, key: str) -> object:
    refund = _refund_of(order, key)
    return requests.RefundPayment(
        refund_id=refund.refund_id,
        order_id=order.order_id,
        amount=refund.amount,
        parts=refund.parts,
        reason=refund.reason,
    )


def _settle(_terms: Terms, order: Order, key: str) -> object:
    part = part_of_key(order=order, key=key)
    return requests.SettleOrder(
        settlement_id=ids.settlement_id(order_id=order.order_id, number=part.number),
        order_id=order.order_id,
        parts=(part.settled,) if part.settled else (),
    )


def _create_shipments(terms: Terms, order: Order, _key: str) -> object:
    return requests.CreateShipments(
        order_id=order.order_id,
        customer_id=order.customer_id,
        currency=terms.currency,
        region=terms.delivery.region,
        method=terms.delivery.method,
        slot=terms.delivery.slot,
        recipient=terms.delivery.recipient,
        shipments=tuple(_shipment(terms, part) for part in order.sub_orders if not part.virtual),
    )


def _shipment(terms: Terms, part: SubOrder) -> requests.ShipmentRequest:
    cash = terms.profile is ProfileName.COD
    return requests.ShipmentRequest(
        sub_order_id=part.sub_order_id,
        merchant_id=part.merchant_id,
        warehouse_id=part.warehouse_id or "",
        handling_class=part.handling_class,
        lines=tuple(_shipped(terms, line_id, quantity) for line_id, quantity in counts(units=part.units).items()),
        collect=share_of_part(terms=terms, part=part).due if cash else 0,
        rush=terms.profile is ProfileName.EXPRESS,
    )


def _shipped(terms: Terms, line_id: str, quantity: int) -> requests.ShipmentLine:
    line = terms.line(line_id=line_id)
    return requests.ShipmentLine(line_id=line_id, sku=line.sku, name=line.name, quantity=quantity, weight=line.weight)


def _intercept(_terms: Terms, order: Order, key: str) -> object:
    return requests.InterceptShipments(
        order_id=order.order_id, cause=key, sub_order_ids=order.lock.intercepting if order.lock else ()
    )


def _issue_invoice(terms: Terms, order: Order, key: str) -> object:
    part = part_of_key(order=order, key=key)
    shares, quantities = share_by_line(terms=terms, part=part), counts(units=part.units)
    buyer = requests.Buyer(customer_id=order.customer_id, title=terms.invoice.title, tax_id=terms.invoice.tax_id)
    return requests.IssueInvoice(
        order_id=order.order_id,
        sub_order_id=part.sub_order_id,
        issuer=part.merchant_id,
        invoice_type=terms.invoice.type,
        buyer=buyer,
        currency=terms.currency,
        lines=tuple(_billed(terms, line_id, quantities[line_id], share) for line_id, share in shares.items()),
        freight=part.freight,
        total=due_of(shares=shares, part=part),
    )


def _billed(terms: Terms, line_id: str, quantity: int, share: Share) -> requests.BillableLine:
    line = terms.line(line_id=line_id)
    priced = next(each for each in terms.priced.lines if each.line == line_id)
    return requests.BillableLine(
        line_id=line_id,
        sku=line.sku,
        name=line.name,
        quantity=quantity,
        gross=share.gross,
        discount=share.gross - share.payable,
        net=share.payable,
        tax_rate=priced.tax_rate,
        tax=_tax(share),
        tax_included=priced.tax_included,
    )


def _tax(share: Share) -> int:
    return share.tax_included + share.tax_added


def _credit_note(terms: Terms, order: Order, key: str) -> object:
    part, refund = part_of_key(order=order, key=key), _refund_of(order, key)
    full = refund.amount == share_of_part(terms=terms, part=part).due
    return requests.IssueCreditNote(
        credit_id=ids.credit_id(sub_order_id=part.sub_order_id),
        order_id=order.order_id,
        sub_order_id=part.sub_order_id,
        reason=refund.reason,
        lines=() if full else _credited(terms, refund.units),
        freight=0 if full else refund.freight,
    )


def _credited(terms: Terms, units: Sequence[Units]) -> tuple[requests.CreditedLine, ...]:
    return tuple(
        requests.CreditedLine(
            line_id=line_id,
            quantity=quantity,
            amount=share_of(priced=terms.priced, units=[each for each in units if each.line == line_id]).due,
        )
        for line_id, quantity in counts(units=units).items()
    )


def counts(*, units: Sequence[Units]) -> dict[str, int]:
    """Return how many units of each line there are."""
    found: dict[str, int] = {}
    for some in units:
        found[some.line] = found.get(some.line, 0) + some.count
    return found


def _refund_of(order: Order, key: str) -> Refund:
    return next(refund for refund in order.refunds if refund.saga == key)


_REQUESTS: Mapping[str, Callable[[Terms, Order, str], object]] = {
    "lock_tenders": _lock_tenders,
    "release_tenders": _release_tenders,
    "reserve_stock": _reserve_stock,
    "release_stock": _release_stock,
    "commit_stock": _commit_stock,
    "restock": _restock,
    "request_payment": _request_payment,
    "cancel_payment": _cancel_payment,
    "refund": _refund,
    "settle": _settle,
    "create_shipments": _create_shipments,
    "intercept": _intercept,
    "issue_invoice": _issue_invoice,
    "credit_note": _credit_note,
}
