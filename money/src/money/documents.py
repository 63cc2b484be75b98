"""A priced order as a JSON document, and back: it is stored with the order and read, never computed again."""

from typing import Any

from money.errors import DocumentError, MoneyError
from money.freight import Freight, FreightPolicy
from money.runs import Kind, Run
from money.waterfall import Priced, PricedLine, TenderUse, due_of


def to_document(*, priced: Priced) -> dict[str, Any]:
    """Return the price as JSON values; a run is the list of its fields."""
    return {
        "lines": [
            {
                "line": line.line,
                "quantity": line.quantity,
                "gross": line.gross,
                "promotion": line.promotion,
                "offer": line.offer,
                "tax_rate": line.tax_rate,
                "tax_included": line.tax_included,
            }
            for line in priced.lines
        ],
        "runs": [[run.kind.value, run.source, run.line, run.first, run.count, run.amount] for run in priced.runs],
        "tenders": [
            {"kind": use.kind.value, "source": use.source, "offered": use.offered, "used": use.used}
            for use in priced.tenders
        ],
        "freight": {"amount": priced.freight.amount, "policy": priced.freight.policy.value},
        "due": priced.due,
    }


def from_document(*, document: dict[str, Any]) -> Priced:
    """Return the price that was stored; a document whose runs do not add up to its due is refused."""
    try:
        priced = _read(document)
    except (MoneyError, KeyError, TypeError, ValueError) as error:
        raise DocumentError(f"document is no stored price: {error!r}") from error
    computed = due_of(runs=priced.runs, freight=priced.freight)
    if priced.due != computed:
        raise DocumentError(f"due is {priced.due}: the runs and the freight of the document make {computed}")
    return priced


def _read(document: dict[str, Any]) -> Priced:
    freight = document["freight"]
    return Priced(
        lines=tuple(PricedLine(**line) for line in document["lines"]),
        runs=tuple(
            Run(kind=Kind(kind), source=source, line=line, first=first, count=count, amount=amount)
            for kind, source, line, first, count, amount in document["runs"]
        ),
        tenders=tuple(TenderUse(**{**use, "kind": Kind(use["kind"])}) for use in document["tenders"]),
        freight=Freight(amount=freight["amount"], policy=FreightPolicy(freight["policy"])),
        due=document["due"],
    )
