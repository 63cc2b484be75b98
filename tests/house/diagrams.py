"""Draws the state diagrams of docs/diagrams from the tables that the services run on: `make diagrams`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from fulfillment.domain import states as shipment
from house import tree
from inventory.domain import reservation
from order.command_line import pages as order_pages
from payment.domain import states as payment

FOLDER = tree.ROOT / "docs" / "diagrams"


@dataclass(frozen=True, slots=True)
class Life:
    """The life of one thing: where its table is and in which states it can begin."""

    title: str
    module: str
    table: Mapping[tuple[Any, Any], StrEnum]
    begins: tuple[StrEnum, ...]


LIVES = {
    "payment.md": Life("A payment", "payment.domain.states", payment.TRANSITIONS, (payment.PaymentState.OPEN,)),
    "reservation.md": Life(
        "A reservation",
        "inventory.domain.reservation",
        reservation.TRANSITIONS,
        (reservation.ReservationState.HELD, reservation.ReservationState.REFUSED),
    ),
    "shipment.md": Life(
        "A shipment, and each of its parcels",
        "fulfillment.domain.states",
        shipment.TRANSITIONS,
        (shipment.ShipmentState.CREATED,),
    ),
}


def pages() -> dict[str, str]:
    """Return every page by file name, with a page that lists them."""
    drawn = {**order_pages(), **{name: _page(life=life) for name, life in LIVES.items()}}
    return drawn | {"README.md": _contents(drawn=drawn)}


def stale() -> list[str]:
    """Return the names of the pages that `make diagrams` would write, change or remove."""
    wanted = pages()
    there = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write(*, folder: Path = FOLDER) -> None:
    """Write every page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")


def _page(*, life: Life) -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    stays: dict[str, list[str]] = {}
    for (source, trigger), target in life.table.items():
        if source is target:
            stays.setdefault(trigger.value, []).append(source.value)
        else:
            arrows.setdefault((source.value, target.value), []).append(trigger.value)
    left = {source for source, _ in arrows}
    lines = [
        f"# {life.title}",
        "",
        f"Drawn by `make diagrams` from `{life.module}`: do not edit.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        *(f"    [*] --> {state}" for state in life.begins),
        *(f"    {source} --> {target}: {', '.join(names)}" for (source, target), names in arrows.items()),
        *(f"    {state.value} --> [*]" for state in type(life.begins[0]) if state.value not in left),
        "```",
        "",
        "Noted without a move:",
        "",
        *(f"- `{trigger}` in {', '.join(states)}" for trigger, states in stays.items()),
    ]
    return "\n".join(lines) + "\n"


def _contents(*, drawn: Mapping[str, str]) -> str:
    titles = {name: text.partition("\n")[0].removeprefix("# ") for name, text in drawn.items()}
    lines = [
        "# State diagrams",
        "",
        "Drawn by `make diagrams` from the tables that the services run on; `make unit` fails when they are not fresh.",
        "",
        *(f"- [{title}]({name})" for name, title in titles.items()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write()
