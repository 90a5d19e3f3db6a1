# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A writer of cpio archives as the kernel's initramfs reads them ("newc").

It needs no root for devices and nobody's ownership, and the same content gives the same bytes.
What goes into an archive is decided by `layers`.
"""

import stat
from pathlib import Path, PurePosixPath
from typing import BinaryIO

ALIGN = 512     # each archive is padded to this, so that they can be joined end to end
TRAILER = "TRAILER!!!"


class Writer:
    """Writes one archive; parents of a path appear by themselves, the first mention counts."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._offset = 0
        self._names: set[str] = set()

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if not failed:
            self._record(TRAILER, 0, b"", nlink=1)
            self._pad(ALIGN)

    def folder(self, name: str, mode: int = 0o755) -> None:
        self._add(name, stat.S_IFDIR | mode, b"", nlink=2)

    def file(self, name: str, data: bytes, mode: int = 0o644) -> None:
        self._add(name, stat.S_IFREG | mode, data)

    def symlink(self, name: str, target: str) -> None:
        self._add(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name: str, major: int, minor: int, mode: int = 0o600) -> None:
        """A character device."""
        self._add(name, stat.S_IFCHR | mode, b"", rdev=(major, minor))

    def copy(self, name: str, source: Path) -> None:
        """A file, link or whole folder of the host, with the modes that it has there."""
        if source.is_symlink():
            self.symlink(name, str(source.readlink()))
        elif source.is_dir():
            self.folder(name)
            for child in sorted(source.iterdir()):
                self.copy(f"{name}/{child.name}", child)
        else:
            self.file(name, source.read_bytes(), 0o755 if source.stat().st_mode & 0o100 else 0o644)

    def _add(self, name: str, mode: int, data: bytes, nlink: int = 1,
             rdev: tuple[int, int] = (0, 0)) -> None:
        path = PurePosixPath(name.strip("/"))
        for parent in reversed(path.parents[:-1]):
            self._once(str(parent), stat.S_IFDIR | 0o755, b"", 2, (0, 0))
        self._once(str(path), mode, data, nlink, rdev)

    def _once(self, name: str, mode: int, data: bytes, nlink: int, rdev: tuple[int, int]) -> None:
        if name not in self._names:
            self._names.add(name)
            self._record(name, mode, data, nlink, rdev)

    def _record(self, name: str, mode: int, data: bytes, nlink: int,
                rdev: tuple[int, int] = (0, 0)) -> None:
        raw_name = name.encode() + b"\0"
        inode = len(self._names)
        fields = (inode, mode, 0, 0, nlink, 0, len(data), 0, 0, *rdev, len(raw_name), 0)
        header = "070701" + "".join(f"{field:08x}" for field in fields)
        self._write(header.encode() + raw_name)
        self._pad(4)
        self._write(data)
        self._pad(4)

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self._offset += len(data)

    def _pad(self, boundary: int) -> None:
        self._write(bytes(-self._offset % boundary))
