from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chassis.decision import Append, Call, Context, Decision, Kind, RowKind, Save, View
from chassis.publisher import Publisher
from chassis.routes import Route, Routes
from chassis.tables import RowTable, SharedTable, Table, Tables
from toys.messages import REGISTRY, InsuredV1, StoredV1

SAFES = 3
INSURE_EVERY = 5


@dataclass(frozen=True, slots=True)
class Box:
    account: str
    numbers: tuple[int, ...] = ()
    insured: tuple[int, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class Safe:
    safe: str
    total: int = 0


@dataclass(frozen=True, slots=True)
class Movement:
    account: str
    number: int
    safe: str
    amount: int


@dataclass(frozen=True, slots=True)
class Store:
    account: str
    number: int
    amount: int
    slip_bytes: int = 0


@dataclass(frozen=True, slots=True)
class InsuranceAnswered:
    account: str
    number: int
    verdict: str


@dataclass(frozen=True, slots=True)
class Stored:
    account: str
    number: int
    amount: int
    slip: str = ""


@dataclass(frozen=True, slots=True)
class Insured:
    account: str
    number: int


BOX = Kind(name="box", of=Box)
SAFE = Kind(name="safe", of=Safe, shared=True)
MOVEMENT = RowKind(name="movement", of=Movement)


def safe_of(number: int) -> str:
    return f"safe-{number % SAFES}"


def store(command: Store, view: View, context: Context) -> Decision:
    if not command.number:
        raise ArithmeticError("nothing has the number 0")
    box = view.get(BOX, command.account) or Box(command.account)
    name = safe_of(command.number)
    safe = view.get(SAFE, name) or Safe(name)
    box = replace(box, numbers=(*box.numbers, command.number), total=box.total + command.amount)
    return Decision(
        saves=(Save(BOX, box.account, box), Save(SAFE, name, replace(safe, total=safe.total + command.amount))),
        rows=(
            Append(
                MOVEMENT,
                Movement(command.account, command.number, name, command.amount),
                unique=f"{command.account}:{command.number}",
            ),
        ),
        emits=(Stored(command.account, command.number, command.amount, "x" * command.slip_bytes),),
        calls=_insurance(command),
    )


def _insurance(command: Store) -> tuple[Call, ...]:
    if command.number % INSURE_EVERY:
        return ()
    data = {"account": command.account, "number": command.number}
    return (Call(id=f"insure:{command.account}:{command.number}", name="insure", key=command.account, data=data),)


def insured(command: InsuranceAnswered, view: View, context: Context) -> Decision:
    box = view.get(BOX, command.account)
    assert box is not None
    if command.verdict != "yes":
        return Decision(outcome="rejected")
    return Decision(
        saves=(Save(BOX, box.account, replace(box, insured=(*box.insured, command.number))),),
        emits=(Insured(command.account, command.number),),
    )


def _box(command: Any) -> list[tuple[Kind[Any], str]]:
    return [(BOX, command.account)]


def _safe(command: Store, _view: View) -> list[tuple[Kind[Any], str]]:
    return [(SAFE, safe_of(command.number))]


def _safes(rows: Sequence[Mapping[str, Any]]) -> dict[str, Safe]:
    return {row["safe"]: Safe(row["safe"], row["total"]) for row in rows}


def _change(before: Safe | None, after: Safe) -> list[tuple[str, int]]:
    return [(after.safe, after.total - (before.total if before else 0))]


ROUTES = Routes(
    Route("vault.store.v1", Store, store, _box, _safe),
    Route("answer.insure", InsuranceAnswered, insured, _box),
)
TABLES = Tables(
    SharedTable(kind=SAFE, load="lock_safes", save="change_safes", make=_safes, change=_change),
    Table(kind=BOX, load="load_boxes", save="save_boxes"),
    RowTable(
        kind=MOVEMENT,
        insert="insert_movements",
        row=lambda row: (row.account, row.number, row.safe, row.amount),
    ),
)
PUBLISH = Publisher({Stored: StoredV1, Insured: InsuredV1}, registry=REGISTRY)
