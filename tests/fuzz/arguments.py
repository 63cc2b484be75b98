"""Target: the command lines of the services, up to the moment at which they would open anything."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from random import Random

import billing.app
import billing.settings
import fulfillment.app
import fulfillment.settings
import inventory.app
import inventory.settings
import order.app
import order.command_line
import order.settings
import payment.app
import payment.command_line
import payment.settings
from chassis.cli import main
from fuzz.edits import Edit
from fuzz.houses import NAMES
from fuzz.target import Case, Target, Wrong
from fuzz.words import NUMBERS, TIMES, WORDS

COMMANDS = (
    *(["serve"], ["migrate"], ["saga", "ls"], ["saga", "show", "id"], ["dead-letters", "ls", "--limit", "5"]),
    *(["saga", "retry", "id", "checkout", "--who", "ann"], ["dead-letters", "replay", "id"]),
    *(
        ["saga", "skip", "id", "checkout", "--who", "ann", "--reason", "so", "--at", "captured"],
        ["republish", "--since", "6h"],
    ),
    *(["import-statement", "/dev/null", "--channel", "card"], ["audit"], ["republish", "--since", "2026-01-05"]),
)
CODES = frozenset({0, 1, 2})
_PRINTABLE = tuple(text for text in (*WORDS, *TIMES, *map(str, NUMBERS)) if "\0" not in text and len(text) < 1_000)


class Arguments:
    """Whatever is typed is explained, in words and with code 2 where it is wrong; nothing ends in a stack trace."""

    def draw(self, *, rng: Random) -> Case:
        """Draw a service, a command, and edits of its words."""
        command = rng.choice(COMMANDS)
        words = (*_PRINTABLE, "--help", "--since", "--limit", "-1", "--", "-x", f"{'9' * 30}h", "\u0661h")
        edits = tuple(
            Edit(rng.choice(("put", "twice", "drop")), (rng.randrange(len(command) + 1),), rng.choice(words))
            for _ in range(rng.randint(0, 2))
        )
        return Case((rng.choice(NAMES), tuple(command)), edits)

    async def run(self, *, case: Case) -> bool:
        """Type it, without any setting."""
        out = io.StringIO()
        with _typed([case.seed[0], *_words(case)]), contextlib.redirect_stderr(out), contextlib.redirect_stdout(out):
            code = _ended(case.seed[0])
        if code not in CODES or (code and not out.getvalue().strip()):
            raise Wrong(f"code {code}: {out.getvalue()[-300:]!r}")
        return code == 0

    def show(self, *, case: Case) -> str:
        """Show the command line."""
        return f"{case.seed[0]} {_words(case)!r}"


def _words(case: Case) -> list[str]:
    words = list(case.seed[1])
    for edit in case.edits:
        place = int(edit.path[0]) % (len(words) + 1)
        if edit.act == "drop":
            words[place : place + 1] = []
        elif edit.act == "put":
            words[place : place + 1] = [str(edit.value)]
        else:
            words.insert(place, str(edit.value))
    return words


@contextmanager
def _typed(arguments: list[str]) -> Iterator[None]:
    """Let these be the arguments, and no setting be there."""
    before, environment = sys.argv, dict(os.environ)
    sys.argv = arguments
    for name in [name for name in os.environ if name.startswith(tuple(f"{each.upper()}_" for each in NAMES))]:
        del os.environ[name]
    try:
        yield
    finally:
        sys.argv = before
        os.environ.update(environment)


def _ended(name: str) -> object:
    try:
        match name:
            case "order":
                more = order.command_line.add_commands
                main(name=name, settings=order.settings.OrderSettings, build=order.app.build, more=more)
            case "payment":
                more = payment.command_line.add_imports
                main(name=name, settings=payment.settings.PaymentSettings, build=payment.app.build, more=more)
            case "inventory":
                main(name=name, settings=inventory.settings.InventorySettings, build=inventory.app.build)
            case "fulfillment":
                main(name=name, settings=fulfillment.settings.FulfillmentSettings, build=fulfillment.app.build)
            case _:
                main(name=name, settings=billing.settings.BillingSettings, build=billing.app.build)
    except SystemExit as ended:
        return ended.code or 0
    return 0


@asynccontextmanager
async def arguments(address: str) -> AsyncIterator[Target]:
    """Open the target."""
    del address
    yield Arguments()
