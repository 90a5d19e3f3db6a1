# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Coming and going: of the module, the device, the interface, the kernel and the whole machine."""

import re

import pytest

from .streams import Flood, Streams

pytestmark = [pytest.mark.shares("one NIC"), pytest.mark.ours_only, pytest.mark.slow]

BUS = "/sys/bus/pci"


@pytest.fixture
def address(port):
    """Of the PCI device."""
    return port.vm.run(f"basename $(readlink /sys/class/net/{port.name}/device)").strip()


# The module


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_the_module_is_loaded_and_unloaded_100_times(port):
    vm = port.vm
    for _ in range(10):
        vm.run("for i in 1 2 3 4 5 6 7 8 9 10; do modprobe -r vmxnet3; modprobe vmxnet3\n"
               f"ethtool -G {port.name} rx 64 rx-jumbo 32; ip link set {port.name} up; done",
               timeout=120)  # fmt: skip
        port.configure()
        port.ping()
    assert not re.search("vmxnet3 0000.*(fail|refus|error)", vm.console)


@pytest.mark.brief
def test_unloading_leaves_nothing_behind(port):
    vm = port.vm
    with_module = vm.run("grep -c . /proc/interrupts")
    vm.run("modprobe -r vmxnet3")
    assert vm.run("lsmod | grep -c vmxnet3", check=False) == "0\n"
    assert vm.run("ls /sys/class/net").split() == ["lo"]
    assert int(vm.run("grep -c . /proc/interrupts")) <= int(with_module) - 5
    assert "vmxnet3" not in vm.run("cat /proc/iomem /proc/interrupts; devlink dev show; "
                                   "ls /sys/kernel/tracing/events")  # fmt: skip
    vm.run("modprobe vmxnet3")
    port.configure()
    port.ping()


def test_the_module_goes_under_traffic(port):
    vm = port.vm
    for _ in range(3):
        with Flood(port):
            vm.run("modprobe -r vmxnet3")
        vm.run("modprobe vmxnet3")
        port.configure()
        port.ping()


# The device


def test_the_driver_is_bound_and_unbound_again_and_again(port, address):
    for _ in range(5):
        port.vm.run(f"for i in 1 2 3 4; do echo {address} >{BUS}/drivers/vmxnet3/unbind\n"
                    f"echo {address} >{BUS}/drivers/vmxnet3/bind; ip link set {port.name} up; done")
        port.configure()
        port.ping()


@pytest.mark.brief
def test_a_device_is_pulled_under_traffic_and_found_again(port, address):
    for _ in range(3):
        with Flood(port):
            port.vm.run(f"echo 1 >{BUS}/devices/{address}/remove", timeout=20)
        assert not port.vm.run(f"ls {BUS}/devices/{address} 2>/dev/null", check=False)
        port.vm.run(f"echo 1 >{BUS}/rescan")
        port.configure()
        port.ping()


# The interface


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_the_interface_goes_up_and_down_100_times(port):
    before = port.counters()
    for _ in range(10):
        port.vm.run("for i in 1 2 3 4 5 6 7 8 9 10; do "
                    f"ip link set {port.name} down; ip link set {port.name} up; done", timeout=120)
        port.configure()
        port.ping()
    grown = port.counted(before)
    assert not {k: v for k, v in grown.items() if re.match("reset_|.x_bad|.x_drop", k) and v}


def test_the_interface_goes_down_under_traffic(port):
    with Flood(port):
        for _ in range(5):
            port.link("down")
            port.link("up")
    port.configure()
    port.ping()


def test_an_address_given_while_down_or_up_outlives_both(port):
    own = port.mac
    for down_first in True, False:
        if down_first:
            port.link("down")
        port.link("address 52:54:00:aa:bb:0%d" % down_first)
        port.configure()
        port.ping()
        port.link("down")
        port.link("up")
        port.configure()
        assert port.mac == "52:54:00:aa:bb:0%d" % down_first
        port.ping()
    assert own in port.vm.run(f"ethtool -P {port.name}")
    port.link(f"address {own}")
    port.ping()


# The kernel and the machine


def test_a_machine_that_is_reset_under_traffic_comes_up_again(port, vm_setup):
    with Flood(port) as flood:
        port.vm.reset()
        flood.forget_guest()
    vm_setup(port.vm)
    port.ping()
    with Streams(port) as streams:
        streams.flow()


def test_the_next_kernel_finds_a_quiet_device(reboot, kexec_layer, port, device, vm_setup):
    """A device that goes on receiving would do so into the new kernel's memory."""
    vm = port.vm
    reboot(layers=[*vm.layers, kexec_layer], mem=1280)
    port.ping()
    device.qtest.connect()
    assert device.activate() == 0
    vm.run('lab-kexec load /boot/vmlinuz /boot/initrd "$(cat /proc/cmdline)"', timeout=120)
    with Flood(port) as flood:
        vm.spawn("lab-kexec go")
        vm.await_restart()
        flood.forget_guest()
        # No driver has looked at the device since, and frames are still coming.
        assert vm.run("ls /sys/class/net").split() == ["lo"]
        assert not device.is_bus_master()
        assert device.activate() != 0
    vm_setup(vm)
    port.ping()
    with Streams(port) as streams:
        streams.flow()


def test_a_guest_switches_itself_off_under_traffic(port):
    with Flood(port) as flood:
        assert port.vm.powerdown().kind == "clean"
        flood.forget_guest()


def test_a_guest_restarts_itself_under_traffic(port):
    with Flood(port) as flood:
        port.vm.spawn("reboot -f")
        assert port.vm.await_exit().kind == "reset"
        flood.forget_guest()
