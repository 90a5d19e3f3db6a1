# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Data arrives as it was sent: each size and depth, alone and together, checked on both sides."""

import hashlib

import pytest

from .adapter import VERIFY

pytestmark = pytest.mark.shares("three disks")

MIB = 1 << 20


def host_digest(disk, offset, size):
    """Of what the host has of a disk."""
    with open(disk.node["file"]["filename"], "rb") as image:
        image.seek(offset)
        return hashlib.sha256(image.read(size)).hexdigest()


@pytest.mark.smoke
def test_what_the_guest_writes_is_what_the_host_has(host, disks):
    device = host.disk(0)
    host.vm.run(f"dd if=/dev/urandom of=/tmp/noise bs=1M count=8; dd if=/tmp/noise of={device} "
                "bs=64k seek=5 oflag=direct; sync")  # fmt: skip
    found = host_digest(disks[0], 5 << 16, 8 * MIB)
    assert found in host.vm.run("sha256sum /tmp/noise")
    back = host.vm.run(f"dd if={device} bs=4k skip=80 count=2048 iflag=direct | sha256sum")
    assert found in back


def test_what_the_host_has_is_what_the_guest_reads(host, disks):
    """Also what it has put there meanwhile."""
    with open(disks[1].node["file"]["filename"], "r+b") as image:
        image.seek(64 * MIB)
        image.write(bytes(range(256)) * 4096)
    read = host.vm.run(f"dd if={host.disk(1)} bs=1M skip=64 count=1 iflag=direct | sha256sum")
    assert host_digest(disks[1], 64 * MIB, MIB) in read


@pytest.mark.ours_only
@pytest.mark.slow
class TestCounted:
    """With the driver's own counters at hand."""

    @pytest.mark.parametrize("rw", ["write", "randwrite"])
    @pytest.mark.parametrize("size, depth, kib", [
        ("512", 1, 256), ("512", 254, 1024), ("4k", 1, 2048), ("4k", 32, 8192), ("4k", 254, 8192),
        ("64k", 8, 16384), ("1m", 4, 32768), ("4m", 2, 32768)])  # fmt: skip
    def test_blocks_of_each_size_and_depth(self, host, size, depth, kib, rw):
        before = host.counters()
        (job,) = host.fio(0, bs=size, iodepth=depth, rw=rw, size=f"{kib}k", ioengine="libaio",
                          **VERIFY)  # fmt: skip
        assert job["error"] == 0
        assert job["write"]["io_bytes"] == job["read"]["io_bytes"] == kib << 10
        assert not host.trouble(before)

    @pytest.mark.brief
    def test_sizes_that_are_no_power_of_two(self, host):
        before = host.counters()
        (job,) = host.fio(0, bsrange="512-1m", blockalign=512, iodepth=16, rw="randwrite",
                          size="32m", ioengine="libaio", verify="crc32c", do_verify=1)  # fmt: skip
        assert job["error"] == 0
        assert not host.trouble(before)

    @pytest.mark.parametrize("engine", ["io_uring", "psync", "vsync"])
    def test_each_way_of_asking(self, host, engine):
        before = host.counters()
        (job,) = host.fio(0, bs="4k", iodepth=16, rw="randwrite", size="8m", ioengine=engine,
                          **VERIFY)  # fmt: skip
        assert job["error"] == 0
        assert not host.trouble(before)

    def test_all_disks_at_once(self, host, disks):
        before = host.counters()
        jobs = host.fio(*(disk.target for disk in disks), bs="16k", iodepth=64, rw="randwrite",
                        size="16m", ioengine="libaio", **VERIFY)  # fmt: skip
        assert [job["error"] for job in jobs] == [0, 0, 0]
        assert not host.trouble(before)

    def test_more_commands_than_the_ring_has_room_for(self, host, disks):
        host.load("ring_pages=1")
        try:
            before = host.counters()
            jobs = host.fio(*(disk.target for disk in disks), bs="4k", iodepth=200, rw="randwrite",
                            size="8m", ioengine="libaio", **VERIFY)  # fmt: skip
            assert [job["error"] for job in jobs] == [0, 0, 0]
            assert not host.trouble(before)
        finally:
            host.load()

    def test_memory_in_pieces(self, host):
        """A buffer that starts in mid-page has one piece more than pages."""
        before = host.counters()
        (job,) = host.fio(0, bs="512k", iodepth=4, rw="randwrite", size="16m", ioengine="libaio",
                          iomem_align=512, **VERIFY)  # fmt: skip
        assert job["error"] == 0
        assert not host.trouble(before)

    @pytest.mark.brief
    def test_a_large_transfer_takes_no_more_commands_than_pieces_ask_for(self, host):
        """128 pieces a command; memory in order is fewer pieces than pages."""
        before = host.counters()
        host.vm.run(f"dd if={host.disk(0)} of=/dev/null bs=1M count=32 iflag=direct")
        assert host.counted(before)["requests"] <= 32 * 3
