"""Names, passwords and addresses of databases."""

import stat
from pathlib import Path

from embedded.databases import Grants, as_role, on_database
from embedded.passwords import Passwords

URL = "postgresql://postgres:secret@127.0.0.1:5432/postgres"


def test_service_has_a_database_and_two_roles() -> None:
    """Each service has a database of its name, an owner and a role that serves."""
    expected = Grants(database="order", owner="order_owner", runner="order_service")
    assert expected == Grants.of_service(service="order")


def test_address_keeps_the_server() -> None:
    """Another database or role of the same server has the same host and port."""
    assert "postgresql://postgres:secret@127.0.0.1:5432/order" == on_database(url=URL, database="order")
    assert "postgresql://me:p%40ss@127.0.0.1:5432/postgres" == as_role(url=URL, role="me", password="p@ss")


def test_passwords_are_kept_for_the_owner_of_the_folder_alone(tmp_path: Path) -> None:
    """A folder gives the same passwords each time, another folder gives others, and nobody else may read them."""
    first, again = Passwords.of_folder(state_dir=tmp_path), Passwords.of_folder(state_dir=tmp_path)
    assert first.password(role="order_owner") == again.password(role="order_owner")
    assert first.password(role="order_owner") != first.password(role="order_service")
    assert first.password(role="order_owner") != Passwords.drawn().password(role="order_owner")
    assert 0o600 == stat.S_IMODE((tmp_path / "secret").stat().st_mode)
    assert "seed" not in repr(first)
