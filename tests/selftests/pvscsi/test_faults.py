# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Memory that is short: whatever cannot be had, the driver keeps what it has and tries again.

On the debug kernel each allocation in turn fails, and what is lost by it is searched for at the end
of the file. On all kernels DMA addresses run out.
"""

import pytest

from lab import disks as lab_disks
from lab import faults
from lab.disks import Disk
from lab.faults import PAGES, SLAB

from .adapter import VERIFY, assert_works

pytestmark = [pytest.mark.ours_only, pytest.mark.slow]

BUS = "/sys/bus/pci"
SLOW = 1    # target of a disk that takes its time


@pytest.fixture(scope="module")
def disks(tmp_path_factory):
    image = lab_disks.file(tmp_path_factory.mktemp("disks") / "disk", 64)
    return [Disk(0, image), Disk(SLOW, lab_disks.null(64, latency_us=1_000_000))]


needs_debug = pytest.mark.needs_debug


@needs_debug
@pytest.mark.timeout(400)
def test_an_adapter_that_lacks_memory_is_found_later(host):
    # Small rings take few allocations.
    host.load("ring_pages=1")
    # What the SCSI layer allocates for files in sysfs is its own affair.
    faults.limit(host.vm, "vmw_pvscsi", sleeping=True, depth=9)
    # Disks are the SCSI layer's affair as well.
    host.vm.run("printf manual >/sys/module/scsi_mod/parameters/scan")
    pci = host.pci
    bind = f"write {BUS}/drivers/vmw_pvscsi/bind {pci}"
    unbind = f"write {BUS}/drivers/vmw_pvscsi/unbind {pci}"
    host.vm.run(f"echo {pci} >{BUS}/drivers/vmw_pvscsi/unbind")
    # PCI's core calls it busy when it has no memory to note a region, and ACPI calls it invalid when it
    # has none for an interrupt line.
    tried = faults.sweep(host.vm, f"{bind} -- undo {unbind}", answers=("0", "12", "16", "22"))
    assert sum(entry["errno"] == "12" for entry in tried) >= 10
    host.vm.run("printf sync >/sys/module/scsi_mod/parameters/scan")
    host.load()
    assert_works(host)


@needs_debug
@pytest.mark.brief
def test_a_reset_needs_no_memory(host):
    host.load()
    before = host.counters()
    faults.limit(host.vm, "vmw_pvscsi", sleeping=True)
    host.vm.run(f"echo 100 >{SLAB}/probability; echo 100 >{PAGES}/probability\n"
                f"sg_reset -H {host.disk(0)}; s=$?\n"
                f"echo 0 >{SLAB}/probability; echo 0 >{PAGES}/probability; exit $s")
    assert host.counted(before)["host_resets"] == 1
    assert_works(host)


@needs_debug
@pytest.mark.timeout(400)
def test_a_disk_that_came_without_memory_for_it_is_found_by_a_rescan(host, adapter):
    there = [disk.target for disk in adapter.disks]
    faults.limit(host.vm, "vmw_pvscsi", sleeping=True)
    for chance in 5, 20, 100:
        host.vm.run(f"echo {chance} >{SLAB}/probability; echo {chance} >{PAGES}/probability")
        before = host.counters()
        disk = Disk(5, lab_disks.null(16))
        adapter.plug(host.vm, disk)
        host.await_counter("messages_added", before["messages_added"] + 1)
        host.vm.run(f"echo 0 >{SLAB}/probability; echo 0 >{PAGES}/probability")
        host.vm.run(f"echo 0 5 0 >{host.path('scan')}")
        host.await_targets([*there, 5])
        adapter.unplug(host.vm, disk)
        host.await_targets(there)
    assert_works(host)


@needs_debug
@pytest.mark.brief
def test_work_needs_no_memory(host):
    """Nothing of ours is allocated for a command."""
    faults.limit(host.vm, "vmw_pvscsi", sleeping=False)
    before = host.counters()
    host.vm.run(f"echo 100 >{SLAB}/probability; echo 100 >{PAGES}/probability")
    (job,) = host.fio(0, bs="64k", iodepth=16, rw="randwrite", size="8m", ioengine="libaio", **VERIFY)
    host.vm.run(f"echo 0 >{SLAB}/probability; echo 0 >{PAGES}/probability")
    assert job["error"] == 0
    assert not host.trouble(before)


# DMA addresses that run out


@pytest.fixture
def bounced(reboot):
    """All DMA goes through a small bounce buffer, which also shows a sync that was forgotten."""
    reboot(append="swiotlb=4096,force")


def test_what_finds_no_address_waits_for_one(host, bounced):
    """Reads of a slow disk take all there are; another disk's data must be whole all the same."""
    before = host.counters()
    with host.load_with_verify(0):
        (job,) = host.fio(SLOW, bs="128k", iodepth=200, rw="randread", size="24m", ioengine="libaio",
                          timeout=300)  # fmt: skip
        assert job["error"] == 0
    assert host.counted(before)["busy_dma"] > 0
    assert_works(host)
