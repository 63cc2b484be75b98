import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings, SettingsError, read_database, read_settings


class ToySettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TOY_", frozen=True, extra="ignore")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in {"DATABASE_URL": "postgresql://u:pw@h/d", "KAFKA_BOOTSTRAP": "h:9", "API_TOKEN": "t"}.items():
        monkeypatch.setenv(f"TOY_{name}", value)
    return monkeypatch


def test_settings_are_read_with_the_prefix_of_the_service(environment: pytest.MonkeyPatch) -> None:
    """Each variable has the service's prefix; what is not given has its default."""
    environment.setenv("TOY_BATCH_SIZE", "7")
    read = read_settings(of=ToySettings)
    assert ("h:9", 7, "", None) == (read.kafka_bootstrap, read.batch_size, read.topic_prefix, read.otlp_endpoint)


def test_each_wrong_variable_is_named_and_no_value_shown(environment: pytest.MonkeyPatch) -> None:
    """An error names the variables, and shows nothing of what they hold."""
    environment.delenv("TOY_API_TOKEN")
    environment.setenv("TOY_HTTP_PORT", "sesame")
    with pytest.raises(SettingsError) as caught:
        read_settings(of=ToySettings)
    assert ["TOY_API_TOKEN", "TOY_HTTP_PORT"] == [line.split(":")[0] for line in str(caught.value).splitlines()]
    assert "sesame" not in str(caught.value)


def test_a_migration_needs_the_database_alone(environment: pytest.MonkeyPatch) -> None:
    """Where the database is can be read without the service's other secrets, and is named when it is missing."""
    environment.delenv("TOY_API_TOKEN")
    assert "postgresql://u:pw@h/d" == read_database(of=ToySettings).database_url.get_secret_value()
    environment.delenv("TOY_DATABASE_URL")
    with pytest.raises(SettingsError, match=r"^TOY_DATABASE_URL: "):
        read_database(of=ToySettings)


@pytest.mark.usefixtures("environment")
def test_settings_are_frozen_and_hide_secrets() -> None:
    """Settings cannot be changed, and printing them shows no secret."""
    read = read_settings(of=ToySettings)
    with pytest.raises(ValidationError):
        read.batch_size = 1  # type: ignore[misc] # that it is refused is what is tested
    assert "pw" not in repr(read)
