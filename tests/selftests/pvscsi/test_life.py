# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Coming and going: of the module, the adapter, the kernel and the whole machine."""

import re

import pytest

from .adapter import assert_works

pytestmark = [pytest.mark.shares("three disks"), pytest.mark.ours_only]

BUS = "/sys/bus/pci"


@pytest.mark.slow
@pytest.mark.smoke
def test_the_module_is_loaded_and_unloaded(host):
    for _ in range(3):
        host.load()
    assert_works(host)


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_100_times(host):
    for _ in range(10):
        host.vm.run("for i in 1 2 3 4 5 6 7 8 9 10; do modprobe -r vmw_pvscsi; "
                    "modprobe vmw_pvscsi; done", timeout=120)  # fmt: skip
        host.await_targets([disk.target for disk in host.adapter.disks])
    assert_works(host)
    assert not re.search("vmw_pvscsi .*(fail|refus|error)", host.vm.console)


def test_unloading_leaves_nothing_behind(host):
    vm = host.vm
    host.unload()
    assert vm.run("lsmod | grep -c vmw_pvscsi", check=False) == "0\n"
    assert "pvscsi" not in vm.run("cat /proc/iomem /proc/interrupts /proc/slabinfo; "
                                  "ls /sys/kernel/tracing/events")  # fmt: skip
    assert not vm.run(f"cat {BUS}/devices/{host.pci}/pools 2>/dev/null", check=False)
    host.load()


@pytest.mark.slow
@pytest.mark.parametrize("parameters, pages, depth, room", [
    ("", 32, 254, 1024), ("ring_pages=8", 8, 254, 256), ("ring_pages=9", 8, 254, 256),
    ("ring_pages=1 cmd_per_lun=254", 1, 32, 32), ("cmd_per_lun=16", 32, 16, 1024),
    ("cmd_per_lun=254 ring_pages=32", 32, 254, 1024), ("ring_pages=100 cmd_per_lun=0", 32, 1, 1024),
    ("use_msg=0", 32, 254, 1024), ("disable_msi=1", 32, 254, 1024),
    ("disable_msix=1", 32, 254, 1024), ("msg_ring_pages=4", 32, 254, 1024),
    ("use_req_threshold=0", 32, 254, 1024)])  # fmt: skip
def test_parameters_are_those_of_old(host, parameters, pages, depth, room):
    host.load(parameters)
    assert host.counters()["ring_pages"] == pages
    assert int(host.vm.run(f"cat {host.attribute(0, 'queue_depth')}")) == depth
    assert int(host.vm.run(f"cat {host.path('can_queue')}")) == room
    messages = {"use_msg=0": 0, "msg_ring_pages=4": 4}.get(parameters, 1)
    assert host.counters()["msg_ring_pages"] == messages
    assert_works(host)
    host.load()


@pytest.mark.slow
@pytest.mark.parametrize("kind, level", [("-d", "device_resets"), ("-b", "bus_resets"),
                                         ("-H", "host_resets")])  # fmt: skip
def test_a_reset_under_load_loses_nothing(host, kind, level):
    before = host.counters()
    with host.load_with_verify(1):
        for _ in range(5):
            host.vm.run(f"sg_reset {kind} {host.disk(1)}")
            host.await_io(1)
    assert host.counted(before)[level] == 5


@pytest.mark.slow
def test_an_adapter_is_unbound_under_load_and_bound_again(host):
    """A disk that is gone has no size: what is read of it may be nothing, which is no error, but what is
    written is one.
    """
    pci = host.pci
    for _ in range(3):
        job = host.spawn_fio(1, bs="4k", iodepth=32, ioengine="libaio", rw="randwrite",
                             time_based=1, runtime=60)  # fmt: skip
        host.await_io(1)
        host.vm.run(f"echo {pci} >{BUS}/drivers/vmw_pvscsi/unbind")
        assert host.vm.wait(job, check=False).rc
        host.vm.run(f"echo {pci} >{BUS}/drivers/vmw_pvscsi/bind")
        host.await_targets([disk.target for disk in host.adapter.disks])
    assert_works(host)


def test_an_adapter_is_pulled_under_load_and_found_again(host):
    pci = host.pci
    job = host.spawn_fio(1, bs="4k", iodepth=32, ioengine="libaio", rw="randwrite",
                         time_based=1, runtime=60)  # fmt: skip
    host.await_io(1)
    host.vm.run(f"echo 1 >{BUS}/devices/{pci}/remove", timeout=20)
    assert host.vm.wait(job, check=False).rc
    host.vm.run(f"echo 1 >{BUS}/rescan")
    host.await_targets([disk.target for disk in host.adapter.disks])
    assert_works(host)


@pytest.mark.slow
def test_the_next_kernel_finds_a_quiet_device(reboot, kexec_layer, host, device, vm_setup):
    """Completions of the old kernel would be written into the new one's memory."""
    vm = host.vm
    reboot(layers=[*vm.layers, kexec_layer], mem=1536)
    device.qtest.connect()
    assert device.is_bus_master()
    vm.run('lab-kexec load /boot/vmlinuz /boot/initrd "$(cat /proc/cmdline)"', timeout=120)
    host.spawn_fio(1, bs="64k", iodepth=32, ioengine="libaio", rw="randread", time_based=1,
                   runtime=600)  # fmt: skip
    host.await_io(1)
    vm.spawn("lab-kexec go")
    vm.await_restart()
    assert not device.is_bus_master()
    vm_setup(vm)
    assert_works(host)


@pytest.mark.slow
def test_a_machine_that_is_reset_under_load_comes_up_again(host, vm_setup):
    host.spawn_fio(1, bs="64k", iodepth=32, ioengine="libaio", rw="randwrite", time_based=1,
                   runtime=600)  # fmt: skip
    host.await_io(1)
    host.vm.reset()
    vm_setup(host.vm)
    assert_works(host)


def test_a_guest_switches_itself_off_under_load(host):
    host.spawn_fio(1, bs="64k", iodepth=32, ioengine="libaio", rw="randwrite", time_based=1,
                   runtime=600)  # fmt: skip
    host.await_io(1)
    assert host.vm.powerdown().kind == "clean"
