# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The kernel inside of a bzImage, which QEMU starts at its PVH entry.

Unpacking itself, under emulation, takes a kernel that is packed with xz seven seconds: more than
all else of a boot. What is unpacked here is the same kernel, byte for byte. The debug kernel has no
such entry: with KASAN it does not survive it. And who starts there does not wake from sleep, since he
is not told which memory the firmware needs for that: VM(packed=True) starts as boot loaders do.
"""

import lzma
import struct
from pathlib import Path

from . import cache

# Documentation/arch/x86/boot.rst of the kernel, "The Real-Mode Kernel Header".
_SETUP_SECTS, _MAGIC, _PAYLOAD = 0x1F1, 0x202, 0x248
_SECTOR = 512
_XZ = b"\xfd7zXZ\0"

# ELF note of type XEN_ELFNOTE_PHYS32_ENTRY, owned by "Xen", with an address of 4 or 8 bytes.
_PVH_NOTES = tuple(struct.pack("<III4s", 4, size, 18, b"Xen\0") for size in (4, 8))


def bootable(vmlinuz: Path) -> Path:
    """What to give QEMU: the kernel unpacked, if it is packed with xz and has a PVH entry."""
    payload = _payload(vmlinuz.read_bytes())
    if not payload.startswith(_XZ):
        return vmlinuz
    unpacked = cache.entry("vmlinux", vmlinuz.name, cache.key(payload),
                           lambda path: path.write_bytes(_unpack(payload)))
    return unpacked if _has_pvh_entry(unpacked) else vmlinuz


def _payload(image: bytes) -> bytes:
    """The packed kernel; empty if there is none."""
    if image[_MAGIC : _MAGIC + 4] != b"HdrS":
        return b""
    start = ((image[_SETUP_SECTS] or 4) + 1) * _SECTOR
    offset, length = struct.unpack_from("<II", image, _PAYLOAD)
    return image[start + offset : start + offset + length]


def _unpack(payload: bytes) -> bytes:
    """The size of the kernel follows the stream, so there is more than that."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(payload)


def _has_pvh_entry(kernel: Path) -> bool:
    data = kernel.read_bytes()
    return any(note in data for note in _PVH_NOTES)
