"""Settings files with secrets of their own."""

import stat
from pathlib import Path

import pytest

from embedded.dotenv import write_secrets


def test_empty_values_are_drawn_and_others_kept(tmp_path: Path) -> None:
    """Names without a value get one, all different; comments and given values stay; nobody else may read the file."""
    example, written = tmp_path / "example", tmp_path / "env"
    example.write_text("# A=\nPORT=5432\n\nFIRST=\nSECOND=\n")
    write_secrets(like=example, to=written)
    comment, port, blank, first, second = written.read_text().splitlines()
    assert ["# A=", "PORT=5432", ""] == [comment, port, blank]
    assert 48 == len(first.removeprefix("FIRST=")) == len(second.removeprefix("SECOND="))
    assert first.partition("=")[2] != second.partition("=")[2]
    assert 0o600 == stat.S_IMODE(written.stat().st_mode)


def test_existing_file_is_left_alone(tmp_path: Path) -> None:
    """Secrets that are in use are not replaced."""
    example, written = tmp_path / "example", tmp_path / "env"
    example.write_text("FIRST=\n")
    written.write_text("FIRST=mine\n")
    with pytest.raises(FileExistsError):
        write_secrets(like=example, to=written)
    assert "FIRST=mine\n" == written.read_text()
