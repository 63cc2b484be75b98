"""What is brought up by compose is what the demo brings up by itself."""

import json
from pathlib import Path

import yaml

from simulators.demo.options import demo_environment

ROOT = Path(__file__).parents[3]
DEMO = demo_environment(seed=1)


def test_the_world_of_compose_misbehaves_as_in_the_demo() -> None:
    """Each fault of the demo has the same share in the compose file."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["simulators"]["environment"]
    wanted = {name: value for name, value in DEMO.items() if name.startswith("SIMULATORS_") and name[11:] != "SEED"}
    assert wanted == {name: str(compose[name]) for name in wanted}


def test_the_clocks_of_the_example_are_those_of_the_demo() -> None:
    """The example for compose has the clocks and waves with which the demo runs beside Docker."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    assert json.loads(DEMO["ORDER_CLOCKS"]) == json.loads(given["ORDER_CLOCKS"].strip("'"))
    assert DEMO["FULFILLMENT_WAVE_SECONDS"] == given["FULFILLMENT_WAVE_SECONDS"]
