"""Marks each test by the folder that it lies in, so that a target runs its kind and none is forgotten."""

from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A test must not depend on speed: an example may take as long as a busy machine needs.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

KIND_OF_FOLDER = {
    "unit": "unit",
    "house": "unit",
    "model": "unit",
    "integration": "integration",
    "e2e": "e2e",
    "chaos": "e2e",
    "simulation": "simulation",
}

# Pytest names a test by its path, such as money.tests.unit.test_runs: unless the package of that name is imported
# first, the folder `money` takes its place.
for member in ("money", "contracts", "chassis", "simulators"):
    import_module(member)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the kind's marker to every collected test; a test outside the known folders is an error."""
    for item in items:
        item.add_marker(_kind(path=item.path.relative_to(config.rootpath)))


def _kind(*, path: Path) -> str:
    for folder in reversed(path.parts[:-1]):
        if folder in KIND_OF_FOLDER:
            return KIND_OF_FOLDER[folder]
    raise pytest.UsageError(f"{path}: a test lies in one of the folders {', '.join(KIND_OF_FOLDER)}")
