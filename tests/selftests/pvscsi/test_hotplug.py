# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Disks that come and go while the guest runs."""

import pytest

from lab import disks as lab_disks
from lab.disks import Disk

from .adapter import VERIFY

pytestmark = [pytest.mark.shares("three disks"), pytest.mark.ours_only, pytest.mark.slow]


def null_disk(target):
    return Disk(target, lab_disks.null(64))


@pytest.fixture
def there(adapter):
    return [disk.target for disk in adapter.disks]


@pytest.mark.smoke
def test_a_disk_that_is_added_is_found_and_one_that_is_removed_is_gone(host, adapter, there):
    before = host.counters()
    for _ in range(3):
        disk = null_disk(5)
        adapter.plug(host.vm, disk)
        host.await_targets([*there, 5])
        (job,) = host.fio(5, bs="4k", rw="write", size="1m")
        assert job["error"] == 0
        adapter.unplug(host.vm, disk)
        host.await_targets(there)
    grown = host.counted(before)
    assert grown["messages_added"] == grown["messages_removed"] == 3
    assert not {k: v for k, v in grown.items() if v and k.startswith("bad_")}


def test_more_changes_than_messages_have_room_for(host, adapter, there):
    """The ring takes 32, and the device drops what it has no room for: 100 changes at a time when
    nobody reads.
    """
    vm, disks = host.vm, [null_disk(target) for target in range(2, 12)]
    before = host.counters()
    vm.qmp("stop")
    for _ in range(5):
        for disk in disks:
            adapter.plug(vm, disk)
        for disk in disks:
            adapter.unplug(vm, disk)
    for disk in disks:
        adapter.plug(vm, disk)
    vm.qmp("cont")
    host.await_targets([*there, *(disk.target for disk in disks)])
    grown = host.counted(before)
    assert grown["messages_added"] + grown["messages_removed"] <= 32
    assert grown["rescans"] == 1
    vm.qmp("stop")
    for disk in disks:
        adapter.unplug(vm, disk)
    vm.qmp("cont")
    host.await_targets(there)


def test_a_disk_in_the_place_of_another_is_a_new_one(host, adapter, there, tmp_path):
    """What is known of the old one must not be believed of the new one."""
    vm = host.vm
    small = Disk(5, lab_disks.null(16))
    large = Disk(5, lab_disks.null(32))
    adapter.plug(vm, small)
    host.await_targets([*there, 5])
    assert vm.run(f"cat /sys/block/{host.disk(5)[5:]}/size") == f"{16 << 11}\n"
    vm.qmp("stop")
    adapter.unplug(vm, small)
    adapter.plug(vm, large)
    vm.qmp("cont")
    # The folder of the old one goes at some time, and there is none for a while.
    at = host.attribute(5, "block")
    vm.run(f"until [ \"$(cat {at}/*/size 2>/dev/null)\" = {32 << 11} ]; do usleep 20000; done")
    adapter.unplug(vm, large)
    host.await_targets(there)


def test_without_messages_a_rescan_finds_what_came(host, adapter, there):
    host.load("use_msg=0")
    disk = null_disk(5)
    adapter.plug(host.vm, disk)
    host.vm.run(f"echo 0 5 0 >{host.path('scan')}")
    host.await_targets([*there, 5])
    host.vm.run(f"echo 1 >{host.attribute(5, 'delete')}")
    adapter.unplug(host.vm, disk)
    host.await_targets(there)
    host.load()


@pytest.mark.brief
def test_a_disk_goes_under_load(host, adapter, there):
    """Of a disk that answers at once QEMU does not get to the removal."""
    for _ in range(3):
        disk = Disk(5, lab_disks.null(64, latency_us=20000))
        adapter.plug(host.vm, disk)
        host.await_targets([*there, 5])
        job = host.spawn_fio(5, bs="4k", iodepth=32, ioengine="libaio", rw="randwrite",
                             time_based=1, runtime=60)  # fmt: skip
        host.await_io(5)
        adapter.unplug(host.vm, disk)
        assert host.vm.wait(job, check=False).rc
        host.await_targets(there)
    (job,) = host.fio(0, bs="4k", rw="write", size="1m", **VERIFY)
    assert job["error"] == 0


@pytest.mark.thorough
@pytest.mark.timeout(400)
def test_50_times_while_others_work(host, adapter, there):
    before = host.counters()
    with host.load_with_verify(0, 1):
        for number in range(50):
            disk = null_disk(2 + number % 10)
            adapter.plug(host.vm, disk)
            host.await_targets([*there, disk.target])
            adapter.unplug(host.vm, disk)
            host.await_targets(there)
    grown = host.counted(before)
    assert grown["messages_added"] == grown["messages_removed"] == 50
    assert not host.trouble(before)
