from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.settings import SettingsError, read_settings
from order.settings import OrderSettings

NEEDED = {
    "ORDER_DATABASE_URL": "postgresql://localhost/order",
    "ORDER_KAFKA_BOOTSTRAP": "localhost:9092",
    "ORDER_API_TOKEN": "secret",
}


PEERS = '{"payment": {"url": "http://payment", "token": "t"}}'


def read(monkeypatch: pytest.MonkeyPatch, clocks: str = "{}", **more: str) -> OrderSettings:
    for name, value in {**NEEDED, "ORDER_CLOCKS": clocks, **more}.items():
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


@pytest.mark.parametrize(
    "more, every",
    [
        ({"ORDER_AUDIT_PEERS": PEERS}, timedelta(hours=1)),
        ({"ORDER_AUDIT_PEERS": PEERS, "ORDER_AUDIT_SECONDS": "60"}, timedelta(minutes=1)),
        ({"ORDER_AUDIT_PEERS": PEERS, "ORDER_AUDIT_SECONDS": "0"}, None),
        ({}, None),
    ],
)
def test_the_regular_audit_needs_a_pause_and_peers(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, str], every: timedelta | None
) -> None:
    """The audit comes every hour unless told otherwise; zero switches it off, and so do no peers."""
    assert every == read(monkeypatch, **more).audit_every


def test_the_audit_asks_this_service_on_its_own_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Order itself need not be named among the peers."""
    settings = read(monkeypatch, ORDER_AUDIT_PEERS=PEERS, ORDER_HTTP_PORT="8123")
    assert {"order": "http://127.0.0.1:8123", "payment": "http://payment"} == {
        name: peer.url for name, peer in settings.peers.items()
    }
