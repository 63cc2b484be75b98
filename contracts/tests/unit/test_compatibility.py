"""Tests of what may change within a major."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from contracts.compatibility import differences
from contracts.values import Contract


class Part(Contract):
    sku: str


class Before(Contract):
    order_id: str
    amount: Annotated[int, Field(ge=0, description="minor units")]
    kind: Literal["a", "b"]
    parts: tuple[Part, ...] = ()
    note: str | None = None


class WithOptional(Before):
    extra: int | None = None


class WithRequired(Before):
    extra: int


class Renamed(Contract):
    order: str
    amount: Annotated[int, Field(ge=0, description="minor units")]
    kind: Literal["a", "b"]
    parts: tuple[Part, ...] = ()
    note: str | None = None


class Retyped(Before):
    order_id: int  # type: ignore[assignment] # the defect under test


class Widened(Before):
    kind: Literal["a", "b", "c"]  # type: ignore[assignment] # the defect under test


class Narrowed(Before):
    amount: Annotated[int, Field(ge=1, description="minor units")]


class OtherUnit(Before):
    amount: Annotated[int, Field(ge=0, description="whole units")]


class OtherPart(Contract):
    sku: int


class NestedRetyped(Before):
    parts: tuple[OtherPart, ...] = ()  # type: ignore[assignment] # the defect under test


class Loosened(Before):
    kind: Literal["a", "b"] = "a"


class Unlisted(Before):
    parts: Part | None = None  # type: ignore[assignment] # the defect under test


class Reworded(Before):
    order_id: Annotated[str, Field(description="which order")]


def schema(model: type[Contract]) -> dict[str, Any]:
    return {**model.model_json_schema(), "title": "", "description": ""}


@pytest.mark.parametrize("model", [Before, WithOptional, Reworded])
def test_harmless(model: type[Contract]) -> None:
    """A new optional field and new words are compatible."""
    assert differences(old=schema(Before), new=schema(model)) == []


@pytest.mark.parametrize(
    "model, said",
    [
        (WithRequired, "extra: newly required"),
        (Renamed, "order_id: removed or renamed"),
        (Retyped, "order_id: type changed"),
        (Widened, "kind: enum changed"),
        (Narrowed, "amount: minimum changed"),
        (OtherUnit, "amount: the unit 'minor units' changed"),
        (NestedRetyped, "parts.sku: type changed"),
        (Loosened, "kind: no longer required"),
        (Unlisted, "parts: retyped"),
    ],
)
def test_harmful(model: type[Contract], said: str) -> None:
    """Each forbidden change is named with its field."""
    assert any(said in line for line in differences(old=schema(Before), new=schema(model)))
