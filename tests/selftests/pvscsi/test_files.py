# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""File systems: many files at once, and machines whose power fails."""

import hashlib
import io
import random
import re
import tarfile

import pytest

from lab import disks as lab_disks
from lab.disks import Disk

pytestmark = [pytest.mark.ours_only, pytest.mark.slow]

ARCHIVE = 1     # target of the disk that has the archive
FILES = 3000
MIB = 1 << 20


def source_tree():
    """An archive shaped like sources: thousands of files, most small, some large."""
    dice = random.Random(1)
    noise = dice.randbytes(8 * MIB)
    out, total = io.BytesIO(), hashlib.sha256()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for number in range(FILES):
            size = min(int(dice.paretovariate(0.9) * 1500), 2 * MIB)
            start = dice.randrange(len(noise) - size)
            member = tarfile.TarInfo(f"tree/{number % 17:02}/{number % 131:03}/file{number:05}")
            member.size = size
            archive.addfile(member, io.BytesIO(noise[start : start + size]))
    data = out.getvalue()
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            total.update(archive.extractfile(member).read())
    return data, total.hexdigest()


@pytest.fixture(scope="module")
def tree():
    return source_tree()


@pytest.fixture(scope="module")
def disks(tmp_path_factory, tree):
    folder = tmp_path_factory.mktemp("disks")
    archive = folder / "archive"
    archive.write_bytes(tree[0])
    return [Disk(0, lab_disks.file(folder / "disk", 512)),
            Disk(ARCHIVE, lab_disks.read_only(lab_disks.file(archive)))]  # fmt: skip


SYSTEMS = {
    "ext4": ("mke2fs -q -t ext4 -F", "e2fsck -fn"),
    # In the form that the oldest kernel knows as well.
    "xfs": ("mkfs.xfs -q -f -i nrext64=0", "xfs_repair -n"),
}


def make(host, system):
    host.vm.run(f"modprobe {system} 2>/dev/null; {SYSTEMS[system][0]} {host.disk(0)}\n"
                f"mkdir -p /mnt; mount -t {system} {host.disk(0)} /mnt", timeout=120)  # fmt: skip


def check(host, system):
    host.vm.run("umount /mnt")
    host.vm.run(f"{SYSTEMS[system][1]} {host.disk(0)}", timeout=120)


def digest(host):
    text = host.vm.run("cd /mnt; find tree -type f | sort | xargs cat | sha256sum", timeout=300)
    return text.split()[0]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_tree_of_sources_is_unpacked_and_read_back(host, system, tree):
    make(host, system)
    before = host.counters()
    host.vm.run(f"tar -xf {host.disk(ARCHIVE)} -C /mnt; sync", timeout=300)
    host.vm.run(f"umount /mnt; mount -t {system} {host.disk(0)} /mnt")
    assert digest(host) == tree[1]
    check(host, system)
    assert not host.trouble(before)


RECORDS = ("i=0; while :; do printf '%063d\\n' $i | dd of=/mnt/log bs=64 seek=$i "
           "conv=notrunc,fsync 2>/dev/null && echo acknowledged $i >/dev/console; i=$((i + 1)); done")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("how, system", [
    ("pulled", "ext4"), pytest.param("reset", "ext4", marks=pytest.mark.brief), ("pulled", "xfs"),
    ("reset", "xfs")])  # fmt: skip
def test_what_was_acknowledged_is_there_after_the_power_failed(host, system, how, vm_setup):
    vm = host.vm
    make(host, system)
    mark = vm.mark()
    vm.spawn(RECORDS)
    vm.spawn("while :; do dd if=/dev/urandom of=/mnt/noise bs=64k count=64 2>/dev/null; done")
    vm.wait_console("(?m)^acknowledged 4\\d\n", since=mark, timeout=120)
    if how == "pulled":
        vm.kill()
        promised = last_acknowledged(vm.console[mark:])
        vm.boot()
    else:
        vm.reset()
        promised = last_acknowledged(vm.console[mark:])
    vm_setup(vm)
    vm.run(f"modprobe {system} 2>/dev/null; mkdir -p /mnt; mount -t {system} {host.disk(0)} /mnt")
    log = vm.run("cat /mnt/log").splitlines()
    assert promised >= 40
    assert [int(line) for line in log[: promised + 1]] == list(range(promised + 1))
    check(host, system)


def last_acknowledged(console):
    """Of those that no message of the kernel came into."""
    return max(map(int, re.findall(r"^acknowledged (\d+)\n", console, re.MULTILINE)))
