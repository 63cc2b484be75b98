"""Where the downloads live, and where `nobody`, who runs PostgreSQL when we are root, may read and write."""

import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

_SYSTEM_CACHE = Path("/var/cache/ordersaga")
_SYSTEM_STATE = Path("/var/lib/ordersaga")


def cache_folder() -> Path:
    """Return the folder of downloads, shared by all clones of one user, and make it."""
    chosen = os.environ.get("ORDERSAGA_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(chosen).absolute() if chosen else base / "ordersaga"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return `nobody` when we are root, else nothing: PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def open_to_all(path: Path) -> bool:
    """Say whether any user may enter the folder and every one above it."""
    resolved = path.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (resolved, *resolved.parents))


def readable_copy(*, folders: tuple[Path, ...], name: str) -> Path:
    """Return the parent of the folders, or of a copy of them where `nobody` can read when it cannot read these."""
    source = folders[0].parent
    if unprivileged_user() is None or open_to_all(folders[0]):
        return source
    cache = cache_folder() if open_to_all(cache_folder()) else _SYSTEM_CACHE
    copy = cache / name
    if not copy.exists():
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=cache, prefix=f"{name}."))
        unfinished.chmod(0o755)
        for folder in folders:
            shutil.copytree(folder, unfinished / folder.name, symlinks=True)
        try:
            unfinished.rename(copy)
        except OSError:
            # Another start of the same version has just put its copy there.
            shutil.rmtree(unfinished)
    return copy


def writable_home(*, link: Path) -> Path:
    """Return a folder that the server's user may write: the link's own path, or for root a folder the link leads to."""
    user = unprivileged_user()
    if user is None:
        link.mkdir(parents=True, exist_ok=True)
        return link
    if not link.exists():
        link.unlink(missing_ok=True)
        if open_to_all(link.parent):
            link.mkdir()
        else:
            link.symlink_to(_folder_elsewhere(link=link))
    os.chown(link, user.pw_uid, user.pw_gid)
    return link.resolve()


def _folder_elsewhere(*, link: Path) -> Path:
    _SYSTEM_STATE.mkdir(parents=True, exist_ok=True)
    for folder in _SYSTEM_STATE.iterdir():
        if not _still_linked(folder=folder):
            shutil.rmtree(folder)
    folder = Path(tempfile.mkdtemp(dir=_SYSTEM_STATE, prefix="postgres-"))
    (folder / "belongs-to").write_text(str(link.absolute()))
    return folder


def _still_linked(*, folder: Path) -> bool:
    label = folder / "belongs-to"
    return not label.exists() or Path(label.read_text()).resolve() == folder.resolve()
