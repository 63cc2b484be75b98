"""What can be said of the broker without starting it."""

import base64
from pathlib import Path

from embedded.kafka import Kafka, new_cluster_id


def test_cluster_id_is_sixteen_bytes_and_no_option() -> None:
    """Every cluster id is 16 bytes in base64, unlike others, and cannot be taken for an option."""
    ids = [new_cluster_id() for _ in range(200)]
    assert {16} == {len(base64.urlsafe_b64decode(id_ + "==")) for id_ in ids}
    assert 200 == len(set(ids))
    assert not [id_ for id_ in ids if id_.startswith("-")]


def test_broker_listens_on_loopback_only(tmp_path: Path) -> None:
    """Every listener, advertised address and vote names the loopback address and one of the given ports."""
    settings = Kafka(state_dir=tmp_path, ports=(29092, 29093), fsync=True)._settings()
    assert "PLAINTEXT://127.0.0.1:29092,CONTROLLER://127.0.0.1:29093" == settings["listeners"]
    assert "PLAINTEXT://127.0.0.1:29092" == settings["advertised.listeners"]
    assert "1@127.0.0.1:29093" == settings["controller.quorum.voters"]
