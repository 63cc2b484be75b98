"""A small disk of PostgreSQL's own, and what happens when it is full."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chaos.stage import Stage
from embedded.eventually import eventually

MEGABYTE = 1024 * 1024
DISK_MEGABYTES = 3_000
NOTICED_SECONDS = 60.0
PROGRAMS = ("mkfs.ext4", "mount", "umount")


def missing_for_disk() -> str:
    """Return why there can be no disk of its own here; nothing when there can."""
    if os.geteuid() != 0:
        return "only root may mount one"
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"{', '.join(missing)} is not installed" if missing else ""


@contextmanager
def small_disk(*, under: Path) -> Iterator[str]:
    """Mount a disk where PostgreSQL's data will lie; give why not when that is impossible."""
    if why := missing_for_disk():
        yield why
        return
    image, folder = under / "postgres.img", under / "postgres"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(DISK_MEGABYTES * MEGABYTE)
    _run("mkfs.ext4", "-q", "-m", "0", str(image)).check_returncode()
    mounted = _run("mount", "-o", "loop", str(image), str(folder))
    if mounted.returncode:
        yield f"mount refused: {mounted.stderr.decode().strip()}"
        return
    try:
        yield ""
    finally:
        _run("umount", "--lazy", str(folder)).check_returncode()


def _run(name: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run((shutil.which(name) or name, *arguments), capture_output=True, check=False)


async def fill_disk(stage: Stage, *, seconds: float) -> int:
    """Fill PostgreSQL's disk to the last block, make room after a while, and bring the server up; return how often."""
    ballast = stage.house.state_dir / "postgres" / "ballast"
    before = _refusals(stage)
    stage.say(f"the disk is full for {seconds:g} s")
    with stage.windows.fault():
        try:
            await asyncio.to_thread(_fill, ballast)
            await asyncio.sleep(seconds)
            # A server that has its blocks already does not notice for a while.
            await eventually(lambda: _refusals(stage) > before, within=NOTICED_SECONDS)
            alive = stage.house.servers.is_alive(name="postgres")
            refused = _refusals(stage) - before
            stage.say(f"PostgreSQL refused {refused} times and {'still runs' if alive else 'has ended'}; room again")
        finally:
            ballast.unlink()
        if not stage.house.servers.is_alive(name="postgres"):
            await asyncio.to_thread(stage.house.servers.restart, name="postgres")
        await stage.keeper.all_ready()
    return 1


def _refusals(stage: Stage) -> int:
    return (stage.house.state_dir / "postgres.log").read_text(errors="replace").count("No space left on device")


def _fill(ballast: Path) -> None:
    with ballast.open("wb") as file:
        for size in (64 * MEGABYTE, MEGABYTE, 4096):
            _take_all(file.fileno(), size)


def _take_all(descriptor: int, size: int) -> None:
    try:
        while True:
            os.posix_fallocate(descriptor, os.fstat(descriptor).st_size, size)
    except OSError:
        return
