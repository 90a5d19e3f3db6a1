# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What QEMU is given of a packed kernel."""

import lzma
import struct

import pytest

from lab import vmlinux

NOTE = struct.pack("<III4sQ", 4, 8, 18, b"Xen\0", 0x100_0000)
OTHER_NOTE = struct.pack("<III4sQ", 4, 8, 17, b"Xen\0", 0x100_0000)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VMGUEST_CACHE", str(tmp_path / "cache"))


def image(tmp_path, payload, sectors=2):
    """A bzImage of two sectors of setup, whose payload begins 100 bytes into the rest."""
    setup = bytearray(max(sectors or 4, 1) * 512 + 512)
    setup[0x1F1] = sectors
    setup[0x202:0x206] = b"HdrS"
    struct.pack_into("<II", setup, 0x248, 100, len(payload))
    path = tmp_path / "vmlinuz"
    path.write_bytes(bytes(setup) + bytes(100) + payload + b"what follows")
    return path


def packed(kernel):
    return lzma.compress(kernel) + struct.pack("<I", len(kernel))


@pytest.mark.parametrize("sectors", [2, 0])
def test_what_is_packed_with_xz_is_unpacked(tmp_path, sectors):
    kernel = b"\x7fELF" + bytes(5000) + NOTE + bytes(5000)
    found = vmlinux.bootable(image(tmp_path, packed(kernel), sectors))
    assert found.read_bytes() == kernel
    assert found == vmlinux.bootable(tmp_path / "vmlinuz")


@pytest.mark.parametrize("kernel", [bytes(5000), bytes(5000) + OTHER_NOTE])
def test_a_kernel_without_the_entry_unpacks_itself(tmp_path, kernel):
    path = image(tmp_path, packed(kernel))
    assert vmlinux.bootable(path) == path


@pytest.mark.parametrize("payload", [b"", b"\x28\xb5\x2f\xfd and so on"])
def test_what_is_packed_otherwise_unpacks_itself(tmp_path, payload):
    path = image(tmp_path, payload)
    assert vmlinux.bootable(path) == path


def test_what_is_no_image_is_left_to_qemu(tmp_path):
    path = tmp_path / "vmlinuz"
    path.write_bytes(b"\x7fELF")
    assert vmlinux.bootable(path) == path
