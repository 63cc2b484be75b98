"""One order from start to end, as each service tells its part."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from simulators.demo.books import Clerk

Row = Mapping[str, Any]
_ROWS = 40


async def explain(*, clerk: Clerk, order_id: str, console: Console) -> None:
    """Ask every service about one order and print what it says."""
    order, timeline, payment, ledger, movements, shipments, documents = await asyncio.gather(
        clerk.ask(service="order", path=f"/orders/{order_id}"),
        clerk.ask(service="order", path=f"/orders/{order_id}/timeline"),
        clerk.ask(service="payment", path=f"/payments/{order_id}"),
        clerk.ask(service="payment", path=f"/payments/{order_id}/ledger"),
        clerk.ask(service="inventory", path=f"/orders/{order_id}/movements"),
        clerk.ask(service="fulfillment", path=f"/orders/{order_id}/shipments"),
        clerk.ask(service="billing", path=f"/orders/{order_id}/invoices"),
    )
    console.print(f"\nOne order explained: {order_id}", style="bold", highlight=False)
    console.print(
        f"customer {order['customer_id']}, profile {order['profile']}, {len(order['lines'])} lines in "
        f"{len(order['sub_orders'])} sub-orders, due {money(payment['due'])}; it is {order['state']}.",
        highlight=False,
        soft_wrap=True,
    )
    _print_table(console, "History (order)", ("after", "what", "state", "who", "why"), _history(timeline["entries"]))
    console.print(_money_words(payment), highlight=False, soft_wrap=True)
    _print_table(console, "Ledger (payment)", ("entry", "account", "amount"), _ledger(ledger, order_id))
    _print_table(console, "Stock (inventory)", ("movement", "sku", "warehouse", "units"), _stock(movements))
    _print_table(console, "Shipments (fulfillment)", ("shipment", "from", "carrier", "went"), _shipments(shipments))
    _print_table(console, "Documents (billing)", ("kind", "number", "issuer", "total"), _documents(documents))


def money(cents: int) -> str:
    """Return cents as an amount."""
    sign, (major, minor) = "-" if cents < 0 else "", divmod(abs(cents), 100)
    return f"{sign}{major:,}.{minor:02}"


def _history(entries: Iterable[Row]) -> Iterable[tuple[str, ...]]:
    begun: datetime | None = None
    for entry in entries:
        at = datetime.fromisoformat(entry["at"])
        begun = begun or at
        change = entry["state_to"]
        if entry["state_from"] not in {"", entry["state_to"]}:
            change = f"{entry['state_from']} -> {entry['state_to']}"
        yield (f"{(at - begun).total_seconds():.3f} s", entry["what"], change, entry["who"], entry["why"])


def _money_words(payment: Row) -> str:
    return (
        f"Money: {money(payment['captured'])} taken by {payment['channel']}, {money(payment['refunded'])} given back; "
        f"the payment is {payment['state']}."
    )


def _ledger(postings: Iterable[Row], order_id: str) -> Iterable[tuple[str, ...]]:
    return ((row["entry_id"].replace(order_id, "…"), row["account"], money(row["amount"])) for row in postings)


def _stock(movements: Iterable[Row]) -> Iterable[tuple[str, ...]]:
    return ((row["kind"], row["sku"], row["warehouse_id"], str(row["quantity"])) for row in movements)


def _shipments(shipments: Iterable[Row]) -> Iterable[tuple[str, ...]]:
    return (
        (row["shipment_id"][37:], row["warehouse_id"], f"{row['carrier']} {_codes(row)}".strip(), row["state"])
        for row in shipments
    )


def _codes(shipment: Row) -> str:
    return " ".join(node["code"] for node in shipment["tracking"])


def _documents(documents: Iterable[Row]) -> Iterable[tuple[str, ...]]:
    return ((row["kind"], row["number"], row["issuer"], money(row["total"])) for row in documents)


def _print_table(console: Console, title: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(*columns, title=title, title_justify="left", box=None, pad_edge=False)
    shown, rest = (listed := list(rows))[:_ROWS], listed[_ROWS:]
    for row in shown:
        table.add_row(*row)
    console.print(table)
    if rest:
        console.print(f"... and {len(rest)} more rows", highlight=False)
