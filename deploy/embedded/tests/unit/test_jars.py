"""The pins of Kafka's jars, and what happens to a jar that does not match its pin."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded.jars import Jar, JarMismatchError, fetch_sound, pinned_jars

SOUND = b"sound"
JAR = Jar(group="org.example", artifact="thing", version="1.0", sha256=hashlib.sha256(SOUND).hexdigest())


def source(*, content: bytes, repository: Path, fetched: list[str]) -> Callable[[Jar], None]:
    def fetch(jar: Jar) -> None:
        path = jar.path(repository=repository)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        fetched.append(path.name)

    return fetch


def test_every_pin_has_a_coordinate_and_a_hash() -> None:
    """The list names 46 jars of one Kafka version, each with a SHA-256."""
    jars = pinned_jars()
    assert 46 == len(jars)
    assert {"4.3.1"} == {jar.version for jar in jars if jar.group == "org.apache.kafka"}
    assert all(len(jar.sha256) == 64 for jar in jars)
    assert "kafka_2.13" in {jar.artifact for jar in jars}


def test_path_is_that_of_a_maven_repository() -> None:
    """A jar lies where Maven would put it."""
    assert Path("r/org/example/thing/1.0/thing-1.0.jar") == JAR.path(repository=Path("r"))


def test_damaged_jar_is_fetched_again(tmp_path: Path) -> None:
    """A jar whose content has changed in the cache is replaced."""
    fetched: list[str] = []
    fetch_sound(jar=JAR, repository=tmp_path, fetch=source(content=SOUND, repository=tmp_path, fetched=fetched))
    JAR.path(repository=tmp_path).write_bytes(b"damaged")
    assert not JAR.is_sound(repository=tmp_path)
    fetch_sound(jar=JAR, repository=tmp_path, fetch=source(content=SOUND, repository=tmp_path, fetched=fetched))
    assert JAR.is_sound(repository=tmp_path)
    assert ["thing-1.0.jar", "thing-1.0.jar"] == fetched


def test_foreign_jar_is_refused_and_removed(tmp_path: Path) -> None:
    """A jar that does not have the pinned hash is never left in the cache."""
    with pytest.raises(JarMismatchError, match=r"thing-1\.0\.jar does not have the pinned hash"):
        fetch_sound(jar=JAR, repository=tmp_path, fetch=source(content=b"other", repository=tmp_path, fetched=[]))
    assert not JAR.path(repository=tmp_path).exists()
