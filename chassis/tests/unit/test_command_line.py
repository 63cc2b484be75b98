from collections.abc import Callable

import pytest
from pydantic import ValidationError
from toys.teller.app import TellerSettings, build

from chassis.administration import NoSagas, NotReplayable
from chassis.cli import main
from chassis.parts import topics_read
from chassis.republish import RepublishLogV1
from chassis.routes import Route, Routes
from chassis.service import Service
from contracts.registry import Registry
from contracts.values import Contract


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["teller", *arguments])
    for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP", "API_TOKEN"):
        monkeypatch.delenv(f"TELLER_{name}", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(name="teller", settings=TellerSettings, build=build)
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_without_arguments_it_explains_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command line without arguments lists its commands."""
    run(monkeypatch)
    told = capsys.readouterr()
    for command in ("serve", "migrate", "saga", "dead-letters", "republish"):
        assert command in told.out + told.err


def test_missing_settings_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A service without its settings ends with code 2 and names each variable."""
    assert 2 == run(monkeypatch, "serve")
    told = capsys.readouterr().err
    for name in ("TELLER_DATABASE_URL", "TELLER_KAFKA_BOOTSTRAP", "TELLER_API_TOKEN"):
        assert name in told


@pytest.mark.parametrize("since", ["banana", "\u00b2h", f"{'9' * 30}h", "0001-01-01T00:00:00+14:00", ""])
def test_a_wrong_time_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], since: str
) -> None:
    """A time that cannot be read, or lies before all time, is explained with code 2."""
    assert 2 == run(monkeypatch, "republish", "--since", since)
    assert "RFC 3339, or hours back such as 6h" in " ".join(capsys.readouterr().err.replace("│", " ").split())


@pytest.mark.parametrize(
    "refusal, told",
    [
        (lambda: NoSagas("teller has no sagas"), "NoSagas: teller has no sagas"),
        (lambda: NotReplayable("m-1 came from a task"), "NotReplayable: m-1 came from a task"),
        (lambda: broken(RepublishLogV1), "ValidationError: key: Field required; since: Field required"),
    ],
)
def test_a_refusal_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    refusal: Callable[[], Exception],
    told: str,
) -> None:
    """What an operator asks for in vain ends with code 2 and one line that says why."""

    def refuse(*, settings: object) -> Service:
        raise refusal()

    monkeypatch.setattr("chassis.cli.read_settings", lambda *, of: of.model_construct(log_level="info"))
    monkeypatch.setattr("sys.argv", ["teller", "saga", "ls"])
    with pytest.raises(SystemExit, match="2"):
        main(name="teller", settings=TellerSettings, build=refuse)
    assert [told] == capsys.readouterr().err.splitlines()


def broken(model: type[Contract]) -> Exception:
    """Return what pydantic says of an empty message."""
    with pytest.raises(ValidationError) as raised:
        model.model_validate({})
    return raised.value


def test_a_route_for_an_unknown_type_is_refused() -> None:
    """A service that routes a type which no contract has does not start."""
    routes = Routes(Route("nobody.said-this.v1", object, lambda *_: None, lambda _: ()))  # type: ignore[arg-type] # never called
    with pytest.raises(ValueError, match=r"nobody\.said-this\.v1"):
        topics_read(service="teller", routes=routes, registry=Registry(types=()))
