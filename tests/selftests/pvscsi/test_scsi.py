# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What SCSI says passes through: sense data, short answers, discards, other kinds of targets."""

import os

import pytest

from lab import disks as lab_disks
from lab.disks import Disk

pytestmark = pytest.mark.ours_only

MIB = 1 << 20


@pytest.fixture(scope="module")
def disks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disks")
    medium = folder / "medium"
    medium.write_bytes(bytes(range(256)) * 4096 * 4)
    locked = folder / "locked"
    locked.write_bytes(b"do not touch" + bytes(MIB - 12))
    return [
        Disk(0, lab_disks.file(folder / "thin", 64)),
        Disk(1, lab_disks.read_only(lab_disks.file(locked))),
        Disk(2, lab_disks.read_only(lab_disks.file(medium)), "scsi-cd"),
        Disk(7, lab_disks.null(16)),
        Disk(64, lab_disks.null(16)),
    ]


@pytest.fixture(scope="module")
def adapter(disks):
    """More targets than the 16 that every device has need a host that says so: 64 stays unseen."""
    return lab_disks.Adapter([disk for disk in disks if disk.target < 16])


def test_an_answer_that_is_shorter_than_its_buffer_is_no_error(host):
    """36 bytes of INQUIRY into 512, as many tools ask."""
    before = host.counters()
    text = host.vm.run(f"sg_raw -r 512 {host.disk(0)} 12 00 00 02 00 00")
    assert "SCSI Status: Good" in text
    assert "QEMU" in text
    assert "1 lun entry" in host.vm.run(f"sg_luns {host.disk(0)}")
    assert not host.trouble(before)


@pytest.mark.parametrize("command, answer", [
    ("28 00 7f ff ff ff 00 00 01 00", "Logical block address out of range"),
    ("1e 00 00 00 ff 00", ""),  # no data; prevents removal, which a disk may know or not
    ("c7 00 00 00 00 00 00 00 00 00", "Invalid command operation code"),
])  # fmt: skip
def test_the_words_of_a_target_reach_the_user(host, command, answer):
    size = "-r 512 " if command.startswith("28") else ""
    text = host.vm.run(f"sg_raw {size}{host.disk(0)} {command} 2>&1", check=False)
    assert answer in text
    assert "Host_status" not in text    # what sg_raw says of an adapter's errors


def test_what_is_discarded_is_given_back_to_the_host(host, disks):
    image = disks[0].node["file"]["filename"]
    device = host.disk(0)
    host.vm.run(f"dd if=/dev/urandom of={device} bs=1M count=16 oflag=direct; sync")
    full = os.stat(image).st_blocks * 512
    assert full >= 16 * MIB
    assert int(host.vm.run(f"cat /sys/block/{device[5:]}/queue/discard_max_bytes")) > 0
    host.vm.run(f"blkdiscard -o 0 -l {8 * MIB} {device}")
    assert os.stat(image).st_blocks * 512 <= full - 7 * MIB
    host.vm.run(f"sg_unmap --lba={8 * MIB // 512} --num={4 * MIB // 512} --force {device}")
    assert os.stat(image).st_blocks * 512 <= full - 11 * MIB


def test_blocks_are_written_the_same_by_one_command(host, disks):
    image, device = disks[0].node["file"]["filename"], host.disk(0)
    host.vm.run(f"dd if=/dev/urandom of={device} bs=1M count=4 seek=32 oflag=direct; sync")
    before = host.counters()
    host.vm.run(f"sg_write_same --16 --lba={32 * MIB // 512} --num={2 * MIB // 512} "
                f"--in=/dev/zero --xferlen=512 {device}")  # fmt: skip
    assert host.counted(before)["requests"] <= 8
    with open(image, "rb") as file:
        file.seek(32 * MIB)
        assert file.read(2 * MIB) == bytes(2 * MIB)
        assert file.read(2 * MIB).count(0) < MIB
    host.vm.run(f"blkdiscard -z -o {34 * MIB} -l {2 * MIB} {device}")
    assert host.vm.run(f"dd if={device} bs=1M skip=34 count=2 iflag=direct 2>/dev/null | tr -d '\\0' | wc -c"
                       ).strip() == "0"  # fmt: skip


def test_a_disk_that_is_read_only_is_so_in_the_guest(host):
    device = host.disk(1)
    assert host.vm.run(f"cat /sys/block/{device[5:]}/ro") == "1\n"
    refused = host.vm.run(f"dd if=/dev/zero of={device} bs=512 count=1 oflag=direct", check=False)
    assert refused.rc
    assert "do not touch" in host.vm.run(f"dd if={device} bs=12 count=1")


def test_a_cd_rom_is_read(host):
    device = host.disk(2)
    assert device.startswith("/dev/sr")
    text = host.vm.run(f"dd if={device} bs=64k iflag=direct 2>/dev/null | sha256sum; "
                       "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %o $i)\"; i=$((i+1)); "
                       "done >/tmp/row; for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13; do "
                       "cat /tmp/row /tmp/row >/tmp/rows; mv /tmp/rows /tmp/row; done; "
                       "sha256sum </tmp/row", timeout=120)  # fmt: skip
    first, second = text.split()[0::2]
    assert first == second


def test_targets_need_not_follow_each_other(host):
    assert host.targets() == [0, 1, 2, 7]


def test_the_depth_of_a_disk_is_changed_while_it_works(host):
    host.vm.run(f"echo 5 >{host.attribute(7, 'queue_depth')}")
    assert host.vm.run(f"cat {host.attribute(7, 'queue_depth')}") == "5\n"
    (job,) = host.fio(7, bs="4k", iodepth=64, rw="randread", size="4m", ioengine="libaio")
    assert job["error"] == 0
    host.vm.run(f"echo 100000 >{host.attribute(7, 'queue_depth')}", check=False)
    assert int(host.vm.run(f"cat {host.attribute(7, 'queue_depth')}")) <= 1024


def test_a_disk_has_the_time_that_vmware_asks_for(host):
    assert host.vm.run(f"cat {host.attribute(0, 'timeout')}") == "180\n"
