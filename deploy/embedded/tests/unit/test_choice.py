"""Which servers tests use, and how the run says it."""

import gc
from pathlib import Path

import pytest

from embedded.choice import Choice, UnknownStackError, choose, docker_lacks
from embedded.servers import Servers

EMBEDDED = Choice(kind="embedded", reason="no Docker engine answers")


@pytest.mark.parametrize(
    "environ, lacking, expected",
    [
        ({}, "", "containers (Docker answers and has the images)"),
        ({}, "no Docker engine answers", "embedded (no Docker engine answers)"),
        ({"ORDERSAGA_STACK": ""}, "no Docker engine answers", "embedded (no Docker engine answers)"),
        ({"ORDERSAGA_STACK": "auto"}, "", "containers (Docker answers and has the images)"),
        ({"ORDERSAGA_STACK": "embedded"}, "", "embedded (ORDERSAGA_STACK=embedded)"),
        ({"ORDERSAGA_STACK": "containers"}, "no Docker", "containers (ORDERSAGA_STACK=containers)"),
    ],
)
def test_variable_decides_before_docker(environ: dict[str, str], lacking: str, expected: str) -> None:
    """The variable decides; without it containers are taken when Docker lacks nothing."""
    assert expected == str(choose(environ=environ, docker_lacks=lambda: lacking))


def test_docker_is_not_asked_when_the_variable_decides() -> None:
    """A named stack needs no answer of a Docker engine."""

    def fail() -> str:
        raise AssertionError

    assert "embedded" == choose(environ={"ORDERSAGA_STACK": "embedded"}, docker_lacks=fail).kind


def test_unknown_stack_is_refused() -> None:
    """A value that names no stack is an error that names the ones there are."""
    with pytest.raises(UnknownStackError, match="containers, embedded or auto, not 'podman'"):
        choose(environ={"ORDERSAGA_STACK": "podman"}, docker_lacks=lambda: "")


def test_given_addresses_are_used_and_named() -> None:
    """A server given by address is used as it is, and only the others come from the stack."""
    servers = Servers(choice=EMBEDDED, environ={"DATABASE_URL": "postgresql://me@db/x"})
    assert "postgresql://me@db/x" == servers.postgres_url
    assert "postgres by DATABASE_URL, embedded (no Docker engine answers)" == str(servers)


def test_nothing_is_chosen_when_all_addresses_are_given() -> None:
    """With three addresses no stack is named."""
    environ = {"DATABASE_URL": "a", "REDIS_URL": "b", "KAFKA_BOOTSTRAP": "c"}
    servers = Servers(choice=EMBEDDED, environ=environ)
    assert "postgres by DATABASE_URL, valkey by REDIS_URL, kafka by KAFKA_BOOTSTRAP" == str(servers)
    assert ("a", "b", "c") == (servers.postgres_url, servers.redis_url, servers.kafka_bootstrap)


def test_absent_engine_is_noticed_without_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody listens Docker lacks its engine, and no open socket is left behind."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    assert "no Docker engine answers" == docker_lacks()
    gc.collect()
