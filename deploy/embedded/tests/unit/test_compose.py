"""What the compose file promises to those who run it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedded.choice import IMAGES
from embedded.databases import SERVICES, Grants

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
EVERY = sorted(COMPOSE["services"].items())
JOBS = ("topics", "migrate")
OURS = (*SERVICES, *JOBS, "simulators")
USED = re.findall(r"\$\{(\w+)(:[^}]*)\}", TEXT)
# The example has the clocks of the demo. Without it, waves are those of real life, and nobody guesses the other clocks.
ON_PURPOSE = {
    "ORDER_CLOCKS": (":?", """'{"express": {"pay_deadline": 4}, "*": {"service_window": 2}}'"""),
    "FULFILLMENT_WAVE_SECONDS": (":-30", "0.2"),
}


@pytest.mark.parametrize("name, service", EVERY)
def test_container_is_pinned_local_and_scalable(name: str, service: dict[str, Any]) -> None:
    """Each image has a fixed tag, each port is published on loopback only, and no container has a fixed name."""
    assert re.search(r":[\w.]+$", service["image"])
    assert not service["image"].endswith(":latest")
    assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))
    assert "container_name" not in service


@pytest.mark.parametrize("name, service", EVERY)
def test_container_is_watched_and_may_finish(name: str, service: dict[str, Any]) -> None:
    """Whatever serves has a health check and thirty seconds to end; jobs run once instead."""
    expected = (False, None) if name in JOBS else (True, "30s")
    assert expected == ("healthcheck" in service, service.get("stop_grace_period"))


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_do_little(name: str) -> None:
    """Our image runs without capabilities on a file system that it cannot change."""
    service = COMPOSE["services"][name]
    assert service["read_only"]
    assert ["ALL"] == service["cap_drop"]
    assert ["no-new-privileges:true"] == service["security_opt"]


@pytest.mark.parametrize("name", SERVICES)
def test_service_waits_and_gets_its_own_role(name: str) -> None:
    """A service starts after servers, topics and migrations, and knows its own database as the role that serves."""
    service = COMPOSE["services"][name]
    assert {"postgres", "kafka", "valkey", "migrate", "topics"} == set(service["depends_on"])
    assert all("condition" in wait for wait in service["depends_on"].values())
    grants = Grants.of_service(service=name)
    url = service["environment"][f"{name.upper()}_DATABASE_URL"]
    assert url.startswith(f"postgresql://{grants.runner}:")
    assert url.endswith(f"@postgres:5432/{grants.database}")
    assert not any(
        key.startswith(other.upper()) for other in SERVICES if other != name for key in service["environment"]
    )


def test_images_are_those_of_the_tests() -> None:
    """Compose and the integration tests run the same servers."""
    assert IMAGES == {name: COMPOSE["services"][name]["image"] for name in IMAGES}


def test_example_names_every_variable_and_no_secret_has_a_default() -> None:
    """The example lists what compose reads, and its values are compose's defaults but for what differs on purpose."""
    given, used = example(), dict(USED)
    assert {*used} == {*given}
    secret = {name for name in used if name.endswith(("_PASSWORD", "_TOKEN", "_SECRET"))}
    assert all(used[name].startswith(":?") and given[name] == "" for name in secret)
    others = {name: (used[name], given[name]) for name in {*used} - secret}
    assert ON_PURPOSE == {name: pair for name, pair in others.items() if pair[0] != f":-{pair[1]}"}


def test_every_use_of_a_variable_has_the_same_default() -> None:
    """A variable that compose reads in two places is the same in both, and none is read without saying what else."""
    defaults = {(name, "" if default.startswith(":?") else default) for name, default in USED}
    assert {name for name, _ in defaults} == {*example()}
    assert len(defaults) == len({name for name, _ in defaults})
    assert [] == re.findall(r"(?<!\$)\$(?:\{\w+\}|\w+)", TEXT)


def example() -> dict[str, str]:
    """Return the variables of the example."""
    lines = [line for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)
