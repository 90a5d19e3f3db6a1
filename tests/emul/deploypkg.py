# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The package by which a host customizes a guest: a header, and an archive of files behind it."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Mapping

CABINET, ZIP, TAR_GZ = range(3)
SKIP_REBOOT, IGNORE_CLOUD_INIT, RAW = 1, 2, 4

_HEADER = 512
_BLOCK = 32768
_MSZIP = 1


def package(files: Mapping[str, bytes], kind: int = CABINET, flags: int = 0, command: bytes = b"") -> bytes:
    """As vCenter makes it; `command` is what guests of old would execute."""
    return wrap(cabinet(files) if kind == CABINET else tar_gz(files), kind, flags, command)


def wrap(payload: bytes, kind: int, flags: int = 0, command: bytes = b"") -> bytes:
    """The header, and any bytes as its archive."""
    header = struct.pack("<16sBBBBHHQQQ8s456s", b"VMWAREDEPLOYPKG_", 1, 0, kind, flags, 0, 0,
                         _HEADER + len(payload), _HEADER, len(payload), bytes(8), command)  # fmt: skip
    assert len(header) == _HEADER
    return header + payload


def tar_gz(files: Mapping[str, bytes]) -> bytes:
    """In the format of POSIX."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.USTAR_FORMAT) as tar:
        for name, contents in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(contents)
            tar.addfile(info, io.BytesIO(contents))
    return out.getvalue()


def cabinet(files: Mapping[str, bytes]) -> bytes:
    """One folder, packed as MSZIP: each block goes on with the window of the one before."""
    whole = b"".join(files.values())
    blocks = [_block(whole, at) for at in range(0, len(whole), _BLOCK)]
    entries, offset = [], 0
    for name, contents in files.items():
        entries.append(struct.pack("<IIHHHH", len(contents), offset, 0, 0x21, 0, 0x20) + name.encode() + b"\0")
        offset += len(contents)
    names = b"".join(entries)
    data = b"".join(blocks)
    names_at, data_at = 36 + 8, 36 + 8 + len(names)
    head = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, data_at + len(data), 0, names_at, 0, 3, 1, 1, len(files), 0, 0, 0)
    return head + struct.pack("<IHH", data_at, len(blocks), _MSZIP) + names + data


def _block(whole: bytes, at: int) -> bytes:
    plain = whole[at : at + _BLOCK]
    window = whole[max(0, at - _BLOCK) : at]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=window)
    packed = b"CK" + packer.compress(plain) + packer.flush()
    rest = struct.pack("<HH", len(packed), len(plain))
    return struct.pack("<I", _checksum(rest, _checksum(packed, 0))) + rest + packed


def _checksum(data: bytes, total: int) -> int:
    whole = len(data) // 4 * 4
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        total ^= word
    return total ^ int.from_bytes(data[whole:], "big")
