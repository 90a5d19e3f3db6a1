# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""One folder for everything the lab downloads or builds.

An entry is a file or a folder named `<kind>/<name>-<key>`, where the key is a hash of all that
the content depends on: it is never changed once it is there, and never needs to be checked. An
entry appears by rename, under a lock, so that two processes may ask for it at once and a killed
one leaves nothing half made. What an entry holds is the business of those who fill it.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# An older sibling (same name, other key) goes when nobody has asked for it for this long.
STALE_SECONDS = 7 * 24 * 3600


def root() -> Path:
    """The cache folder: $VMGUEST_CACHE, or vmguest in the user's cache folder."""
    if path := os.environ.get("VMGUEST_CACHE"):
        return Path(path)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "vmguest"


def key(*parts: str | bytes | Path) -> str:
    """A short hash of the parts in order; of a file the content counts, not the name."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            part = part.read_bytes()
        elif isinstance(part, str):
            part = part.encode()
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()[:12]


def tree_key(top: Path, files: list[Path]) -> str:
    """A short hash of the files' paths below `top`, their modes and contents."""
    parts: list[str | bytes | Path] = []
    for path in sorted(files):
        parts += [f"{path.relative_to(top)} {path.stat().st_mode & 0o111:o}", path]
    return key(*parts)


def entry(kind: str, name: str, content_key: str, fill: Callable[[Path], None]) -> Path:
    """Return the entry, first calling `fill(path)` to create it there if it does not exist."""
    path = root() / kind / f"{name}-{content_key}"
    while not _rejuvenate(path):
        with locked(path):
            if not path.exists():
                _fill(path, fill)
                _drop_stale(path.parent, name, keep=path)
    return path


def entries() -> list[tuple[str, int]]:
    """What is in the cache, as (`kind/name-key`, bytes on disk), in order of name."""
    found = [path for kind in _subdirs(root()) for path in kind.iterdir()]
    return sorted((str(p.relative_to(root())), disk_usage(p)) for p in found
                  if not p.name.startswith("."))


def disk_usage(path: Path) -> int:
    """Bytes on disk below `path`, hard links counted once."""
    seen: dict[int, int] = {}
    for top, dirs, files in os.walk(path):
        for name in dirs + files:
            info = os.lstat(os.path.join(top, name))
            seen[info.st_ino] = info.st_blocks * 512
    return sum(seen.values()) + path.lstat().st_blocks * 512


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of the entry at `path`; other processes and threads wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.parent / f".{path.name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fill(path: Path, fill: Callable[[Path], None]) -> None:
    scratch = Path(tempfile.mkdtemp(prefix=".fill-", dir=path.parent))
    try:
        fill(scratch / path.name)
        os.rename(scratch / path.name, path)
    finally:
        remove(scratch)


def _rejuvenate(path: Path) -> bool:
    """Whether it is there; if so, it has just been asked for."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _drop_stale(folder: Path, name: str, keep: Path) -> None:
    """Others may ask for the same at this moment, or drop it as well."""
    oldest = time.time() - STALE_SECONDS
    for path in folder.glob(f"{name}-*"):
        try:
            if path != keep and _is_key(path.name[len(name) + 1:]) and path.stat().st_mtime < oldest:
                _drop(path)
        except FileNotFoundError:
            pass


def _drop(path: Path) -> None:
    """Whole, as it came: nobody sees half an entry."""
    scratch = Path(tempfile.mkdtemp(prefix=".drop-", dir=path.parent))
    try:
        os.rename(path, scratch / path.name)
    finally:
        remove(scratch)


def _is_key(text: str) -> bool:
    return len(text) == 12 and all(c in "0123456789abcdef" for c in text)


def remove(path: Path) -> None:
    """Delete a file or a folder, also one with folders that its owner may not write."""
    if not path.is_dir():
        path.unlink()
        return
    for top, dirs, _files in os.walk(path):
        for name in dirs:
            folder = os.path.join(top, name)
            if not os.path.islink(folder) and not os.access(folder, os.W_OK | os.X_OK):
                os.chmod(folder, 0o700)
    shutil.rmtree(path)


def _subdirs(path: Path) -> list[Path]:
    return [p for p in path.iterdir() if p.is_dir()] if path.is_dir() else []
