"""The jars of Apache Kafka: fetched once from Maven Central, every one checked against its pinned hash."""

import fcntl
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from embedded.folders import cache_folder
from embedded.startup import Startup

KAFKA_VERSION = "4.3.1"
_AT_ONCE = 8
_TRIES = 4


class JarMismatchError(RuntimeError):
    """A fetched jar is not the one that is pinned."""


@dataclass(frozen=True, kw_only=True)
class Jar:
    """A pinned artifact."""

    group: str
    artifact: str
    version: str
    sha256: str

    def path(self, *, repository: Path) -> Path:
        """Return the place of the jar in a Maven repository."""
        folder = repository.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"

    def is_sound(self, *, repository: Path) -> bool:
        """Say whether the jar is there and has the pinned hash."""
        path = self.path(repository=repository)
        return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256


def pinned_jars() -> tuple[Jar, ...]:
    """Read the pins: `group:artifact:version sha256`, one a line."""
    text = resources.files("embedded").joinpath(f"kafka-{KAFKA_VERSION}.jars").read_text()
    jars = []
    for line in text.splitlines():
        coordinate, sha256 = line.split()
        group, artifact, version = coordinate.split(":")
        jars.append(Jar(group=group, artifact=artifact, version=version, sha256=sha256))
    return tuple(jars)


def classpath(*, startup: Startup) -> tuple[Path, ...]:
    """Return the jars' paths in the cache, fetching what is missing or damaged."""
    repository = cache_folder() / "maven"
    repository.mkdir(exist_ok=True)
    jars = pinned_jars()
    with (repository / "lock").open("w") as lock:
        # Two first starts at once would write the same files.
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = [jar for jar in jars if not jar.is_sound(repository=repository)]
        if missing:
            _fetch_all(jars=missing, repository=repository, startup=startup)
    return tuple(jar.path(repository=repository) for jar in jars)


def _fetch_all(*, jars: list[Jar], repository: Path, startup: Startup) -> None:
    startup.say(f"kafka: fetching {len(jars)} of {len(pinned_jars())} jars (42 MB in all), this once")
    fetch = _fetcher(repository=repository)

    def fetch_one(jar: Jar) -> None:
        for left in reversed(range(_TRIES)):
            startup.check()
            try:
                fetch_sound(jar=jar, repository=repository, fetch=fetch)
            except (OSError, RuntimeError) as error:
                if left == 0:
                    raise
                startup.say(f"kafka: {jar.artifact}: {error}; trying again")
            else:
                return

    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="jars") as pool:
        for done, _ in enumerate(pool.map(fetch_one, jars), start=1):
            if done % 10 == 0 or done == len(jars):
                startup.say(f"kafka: {done} of {len(jars)} jars fetched, hashes checked")


def fetch_sound(*, jar: Jar, repository: Path, fetch: Callable[[Jar], None]) -> None:
    """Replace the jar by a fetched one, and refuse it when it is not the pinned one."""
    path = jar.path(repository=repository)
    path.unlink(missing_ok=True)
    fetch(jar)
    if not jar.is_sound(repository=repository):
        path.unlink(missing_ok=True)
        message = f"{path.name} does not have the pinned hash {jar.sha256}"
        raise JarMismatchError(message)


def _fetcher(*, repository: Path) -> Callable[[Jar], None]:
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415 - takes half a second, and once is all it is needed
    from jgo.maven import MavenContext  # noqa: PLC0415 - as above

    # Artifact by artifact: resolving the whole from its POMs takes 20 s and may look for another JDK.
    context = MavenContext(repo_cache=repository, remote_repos={"central": MAVEN_CENTRAL_URL}, timeout=60)

    def fetch(jar: Jar) -> None:
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()

    return fetch
