"""Where code asks the machine for the time, for chance, for a thread or for the network, read from its source.

The guard refuses at run time what it can replace. A name imported out of a module (``from time import monotonic``)
stays what it was, and so the sources of all that a history loads are read, too.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator, Mapping

PACKAGES = frozenset(
    {"chassis", "contracts", "money", "simulators", "simulation"}
    | {"order", "inventory", "payment", "fulfillment", "billing"}
)
WORLDLY = (
    *("secrets", "threading", "subprocess", "multiprocessing", "concurrent", "socket", "uuid_utils", "random", "time"),
    *("os.urandom", "os.getrandom", "os.fork", "os.system", "uuid.uuid1", "uuid.uuid4", "uuid.getnode"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
    "asyncio.to_thread",
)
SEEDED = "random.Random"


def uses() -> dict[str, set[str]]:
    """Return what each module of ours that is loaded names of the machine; the guard must name it."""
    loaded = [name for name in sys.modules if name.split(".")[0] in PACKAGES and name != "simulation.guard"]
    found = {name: uses_of(source=inspect.getsource(sys.modules[name])) for name in sorted(loaded)}
    return {name: what for name, what in found.items() if what}


def uses_of(*, source: str) -> set[str]:
    """Return what a module names of the machine, each by its full name."""
    tree = ast.parse(source)
    names = {local: full for node in ast.walk(tree) for local, full in _imported(node)}
    found = {use for node in ast.walk(tree) for use in _worldly(node, names)}
    return {use for use in found if not any(other.startswith(f"{use}.") for other in found)}


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Import(names=aliases):
            tops = [each.name.split(".")[0] for each in aliases]
            yield from (
                (each.asname, each.name) if each.asname else (top, top) for each, top in zip(aliases, tops, strict=True)
            )
        case ast.ImportFrom(module=str(module), names=aliases, level=0):
            yield from ((each.asname or each.name, f"{module}.{each.name}") for each in aliases)
        case _:
            return


def _worldly(node: ast.AST, names: Mapping[str, str]) -> Iterator[str]:
    match node:
        case ast.Call(func=func, args=[], keywords=[]) if _full(func, names) == SEEDED:
            yield f"{SEEDED}()"
        case ast.Call(func=ast.Attribute(attr="run_in_executor" as name)) | ast.Call(func=ast.Name(id="id" as name)):
            yield name
        case ast.Attribute() | ast.Name():
            full = _full(node, names)
            if full not in {"random", SEEDED} and any(f"{full}.".startswith(f"{each}.") for each in WORLDLY):
                yield full
        case _:
            return


def _full(node: ast.AST, names: Mapping[str, str]) -> str:
    """Return the name of a thing with that of its module; nothing for what no import brought."""
    match node:
        case ast.Name(id=name):
            return names.get(name, "")
        case ast.Attribute(value=value, attr=attr) if before := _full(value, names):
            return f"{before}.{attr}"
        case _:
            return ""


def main() -> None:
    """Load what a history loads, and print each module that names something of the machine."""
    importlib.import_module("simulation.history")
    for name, found in uses().items():
        print(name, *sorted(found))


if __name__ == "__main__":
    main()
