# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Interrupts of each kind."""

import re

import pytest

from lab import disks as lab_disks
from lab.disks import Adapter, Disk

from .adapter import VERIFY, assert_works

pytestmark = [pytest.mark.shares("three disks"), pytest.mark.ours_only]


def shown(host):
    """What /proc/interrupts says of the adapter: how often, and of what kind."""
    lines = [line for line in host.vm.run("cat /proc/interrupts").splitlines() if "vmw_pvscsi" in line]
    counts = [sum(int(word) for word in line.split()[1 : 1 + host.vm.smp]) for line in lines]
    return sum(counts), " ".join(lines)


@pytest.mark.slow
def test_messages_cost_no_register(host):
    host.load()
    assert "MSI" in shown(host)[1]
    before, counted = shown(host)[0], host.counters()
    assert_works(host)
    grown = host.counted(counted)["interrupts"]
    assert 0 < grown <= shown(host)[0] - before


def test_without_messages_a_line_serves(host):
    host.load("disable_msi=1")
    assert re.search("IO-APIC|fasteoi|XT-PIC", shown(host)[1])
    before = host.counters()
    assert_works(host)
    assert not host.trouble(before)
    assert host.counted(before)["interrupts"] > 0
    host.load()


@pytest.mark.slow
class TestNeighbours:
    """Two adapters on one line."""

    @pytest.fixture(scope="class")
    def second(self, tmp_path_factory):
        folder = tmp_path_factory.mktemp("second")
        disks = [Disk(0, lab_disks.file(folder / "second", 64))]
        return Adapter(disks, name="scsi1", props="addr=10")

    def test_each_finds_its_own(self, host, adapter, second, reboot):
        """Slots 2 and 6, 10 ... of a q35 machine share a line."""
        here = Adapter(adapter.disks, props="addr=6")
        qtest = host.vm.extra[len(adapter.args()):]
        reboot(extra=[*here.args(), *second.args(), *qtest])
        vm = host.vm
        host.unload()
        vm.run("modprobe vmw_pvscsi disable_msi=1")
        numbers = vm.run("for h in /sys/class/scsi_host/host*; do "
                         "[ $(cat $h/proc_name) != vmw_pvscsi ] || echo ${h##*host}; done").split()
        assert len(numbers) == 2
        line = shown(host)[1]
        assert line.count("vmw_pvscsi") == 2
        vm.run("until [ $(for d in /dev/sd?; do dd if=$d bs=1 count=1 2>/dev/null; done | wc -c) = 4 ]\n"
               "do usleep 20000; done")  # fmt: skip
        disks = vm.run("cd /sys/class/scsi_device; ls -d */device/block/* | sed 's,.*/,/dev/,'").split()
        words = " ".join(f"--{name}={value}" for name, value in VERIFY.items())
        jobs = " ".join(f"--name=j{n} --filename={disk}" for n, disk in enumerate(disks))
        vm.run(f"fio --direct=1 --thread --bs=4k --iodepth=16 --ioengine=libaio --rw=randwrite "
               f"--size=4m {words} {jobs}", timeout=120)  # fmt: skip
        assert not re.search("nobody cared", vm.console)
