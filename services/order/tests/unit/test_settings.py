from __future__ import annotations

import pytest

from chassis.settings import SettingsError, read_settings
from order.settings import OrderSettings

NEEDED = {
    "ORDER_DATABASE_URL": "postgresql://localhost/order",
    "ORDER_KAFKA_BOOTSTRAP": "localhost:9092",
    "ORDER_API_TOKEN": "secret",
}


def read(monkeypatch: pytest.MonkeyPatch, clocks: str) -> OrderSettings:
    for name, value in {**NEEDED, "ORDER_CLOCKS": clocks}.items():
        monkeypatch.setenv(name, value)
    return read_settings(of=OrderSettings)


def test_clocks_are_read_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds by profile and clock come from one variable."""
    settings = read(monkeypatch, '{"*": {"archive": 9}, "standard": {"pay_deadline": 5}}')
    assert {"*": {"archive": 9}, "standard": {"pay_deadline": 5}} == settings.clocks


@pytest.mark.parametrize("clocks", ['{"royal": {"archive": 9}}', '{"*": {"tea_time": 9}}', '{"*": {"archive": 0}}'])
def test_unknown_clocks_are_refused(monkeypatch: pytest.MonkeyPatch, clocks: str) -> None:
    """A profile or clock that does not exist, or no time at all, is an error that names the variable."""
    with pytest.raises(SettingsError, match="ORDER_CLOCKS"):
        read(monkeypatch, clocks)
