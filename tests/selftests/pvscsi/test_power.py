# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Sleep of each kind and back: what was being read and written goes on."""

import pytest

from lab import disks as lab_disks
from lab import sleep
from lab.disks import Disk

from .adapter import assert_works

pytestmark = [pytest.mark.ours_only, pytest.mark.slow]

SWAP = 15


@pytest.fixture(scope="module")
def vm_config(vm_config):
    """A kernel that knows which memory the firmware wakes it with."""
    return {**vm_config, "packed": True}


@pytest.fixture(scope="module")
def disks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disks")
    sizes = {0: 256, 1: 256, SWAP: 1024}
    return [Disk(target, lab_disks.file(folder / f"disk{target}", mib))
            for target, mib in sizes.items()]  # fmt: skip


@pytest.mark.parametrize("go_to_sleep", [sleep.to_memory, sleep.to_idle])
def test_work_goes_on_after_sleep(host, go_to_sleep):
    before = host.counters()
    with host.load_with_verify(1, timeout=400):
        for _ in range(2):
            go_to_sleep(host.vm)
            host.await_io(1)
    assert not {k: v for k, v in host.trouble(before).items() if not k.startswith("busy_")}


@pytest.mark.parametrize("level", ["freezer", pytest.param("devices", marks=pytest.mark.brief),
                                   "platform", "processors", "core"])  # fmt: skip
def test_each_stage_of_suspending_can_be_turned_back(host, level):
    with host.load_with_verify(1):
        sleep.stage(host.vm, level, "mem")


@pytest.mark.brief
def test_a_disk_that_comes_during_sleep_is_found(host, adapter):
    there = [disk.target for disk in adapter.disks]
    disk = Disk(5, lab_disks.null(16))
    sleep.to_memory(host.vm, meanwhile=lambda: adapter.plug(host.vm, disk))
    host.await_targets([*there, 5])
    adapter.unplug(host.vm, disk)
    host.await_targets(there)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", [pytest.param("shutdown", marks=pytest.mark.thorough), "platform"])
def test_a_hibernated_guest_comes_back_from_an_adapter_of_ours(host, reboot, vm_setup, mode):
    """The image is written and read by the driver, in another QEMU each time."""
    vm = host.vm
    reboot()
    vm.run(f"mkswap {host.disk(SWAP)}; swapon {host.disk(SWAP)}; "
           "dd if=/dev/urandom of=/tmp/noise bs=1M count=32")  # fmt: skip
    before = vm.run("sha256sum /tmp/noise", timeout=120)
    pattern = {"bs": "64k", "size": "16m", "ioengine": "libaio", "iodepth": 8, "verify": "crc32c"}
    host.fio(1, rw="randwrite", do_verify=0, **pattern)
    vm.run(f"echo {mode} >/sys/power/disk")
    vm.spawn("echo disk >/sys/power/state")
    assert vm.await_exit(timeout=300).kind == "clean"

    vm.boot()
    vm_setup(vm)
    mark = vm.mark()
    vm.spawn(f"cat /sys/block/{host.disk(SWAP)[5:]}/dev >/sys/power/resume")
    vm.wait_console("hibernation exit", timeout=300, since=mark)
    assert vm.run("sha256sum /tmp/noise", timeout=120) == before
    (job,) = host.fio(1, rw="randwrite", verify_only=1, **pattern)
    assert job["error"] == 0
    assert job["read"]["io_bytes"] == 16 << 20
    assert_works(host)
