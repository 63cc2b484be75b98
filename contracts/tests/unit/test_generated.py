"""Tests of what is generated and committed."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from contracts.__main__ import main
from contracts.check import example_problems, history_problems
from contracts.generate import ROOT, stale, write
from contracts.registry import REGISTRY, MessageType
from contracts.samples import sample
from contracts.topics import SERVICES

VENDORED = Path(__file__).parents[1] / "vendored"


def committed(path: str) -> Any:
    return json.loads((ROOT / path).read_text("utf-8"))


def test_fresh() -> None:
    """Generating again changes nothing."""
    assert stale() == []


def test_examples_parse() -> None:
    """Every example that was ever committed parses today."""
    assert example_problems() == []


@pytest.mark.parametrize("message", REGISTRY.types, ids=lambda each: each.name)
@pytest.mark.parametrize("full", [False, True])
def test_samples_validate(message: MessageType, *, full: bool) -> None:
    """A message of today validates against the committed schema."""
    validator = Draft202012Validator(committed(f"schemas/{message.name}.json"))
    body = json.loads(message.model.model_validate(sample(model=message.model, full=full)).model_dump_json())
    assert [error.message for error in validator.iter_errors(body)] == []


@pytest.mark.parametrize("name", [*SERVICES, "messages"])
def test_asyncapi_is_valid(name: str) -> None:
    """Each document is valid by the schema of AsyncAPI 3.0.0."""
    schema = json.loads((VENDORED / "asyncapi-3.0.0.json").read_text("utf-8"))
    validator = Draft7Validator(schema, registry=Registry().with_resource("", DRAFT7.create_resource(schema)))
    assert [error.message for error in validator.iter_errors(committed(f"asyncapi/{name}.json"))] == []


@pytest.mark.parametrize("service", SERVICES)
def test_asyncapi_references(service: str) -> None:
    """Every reference of a service's document leads to a message, and every message to its schema."""
    messages = committed("asyncapi/messages.json")["components"]["messages"]
    named = [
        each for channel in committed(f"asyncapi/{service}.json")["channels"].values() for each in channel["messages"]
    ]
    assert [name for name in named if name not in messages] == []
    schemas = [message["payload"]["schema"]["$ref"] for message in messages.values()]
    assert [path for path in schemas if not (ROOT / "asyncapi" / path).exists()] == []


@pytest.fixture
def history(tmp_path: Path) -> Path:
    for folder in ("schemas", "examples", "asyncapi"):
        shutil.copytree(ROOT / folder, tmp_path / "contracts" / folder)
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "first"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)  # noqa: S607 git as found on this machine
    return tmp_path / "contracts"


def test_unchanged_history(history: Path) -> None:
    """An unchanged tree breaks nothing against its own past."""
    assert history_problems(base="HEAD", root=history) == []


def test_broken_history(history: Path) -> None:
    """A removed field, a removed type and a changed example are each found against the merge base."""
    schema = history / "schemas/order.placed.v1.json"
    changed = json.loads(schema.read_text("utf-8"))
    del changed["properties"]["customer_id"]
    schema.write_text(json.dumps(changed), "utf-8")
    (history / "schemas/order.closed.v1.json").unlink()
    (history / "examples/order.placed.v1/full.json").write_text("{}", "utf-8")
    found = "\n".join(history_problems(base="HEAD", root=history))
    assert "order.placed.v1: customer_id: removed or renamed" in found
    assert "contracts/schemas/order.closed.v1.json was removed" in found
    assert "contracts/examples/order.placed.v1/full.json was changed or removed" in found


def test_broken_example(history: Path) -> None:
    """An example that no longer parses is named with its field."""
    (history / "examples/order.placed.v1/full.json").write_text("{}", "utf-8")
    assert any(
        "order.placed.v1/full.json no longer parses: order_id" in line for line in example_problems(root=history)
    )


def test_write_mends(history: Path) -> None:
    """Writing mends a stale schema and removes one that no model stands behind."""
    (history / "schemas/order.placed.v1.json").write_text("{}", "utf-8")
    (history / "schemas/order.gone.v1.json").write_text("{}", "utf-8")
    assert write(root=history) == ["schemas/order.gone.v1.json", "schemas/order.placed.v1.json"]
    assert stale(root=history) == []


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command the help is printed with exit code 2; topics lists every topic."""
    assert main([]) == 2
    assert main(["topics"]) == 0
    assert "order.commands" in capsys.readouterr().out
