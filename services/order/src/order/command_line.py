"""Commands of the order service's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from chassis.service import Service
from order.audit.command import add_audit
from order.domain.diagrams import order_diagram, part_diagram
from order.domain.profiles import PROFILES


def add_commands(app: typer.Typer, service: Callable[[], Service]) -> None:
    """Add ``audit`` and ``diagrams``."""
    add_audit(app, service)

    @app.command("diagrams")
    def draw(folder: Annotated[Path, typer.Option(file_okay=False)] = Path("docs/diagrams")) -> None:
        """Draw the state diagrams from the tables that the code runs on."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages().items():
            (folder / name).write_text(text, encoding="utf-8")
            typer.echo(folder / name)


def pages() -> Mapping[str, str]:
    """Return the pages by file name."""
    orders = {f"order-{name.replace('_', '-')}.md": order_diagram(profile=each) for name, each in PROFILES.items()}
    return orders | {"sub-order.md": part_diagram()}
