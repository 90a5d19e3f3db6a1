# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Sleep of each kind and back: connections live on, settings hold, counters never fall."""

import re
from contextlib import ExitStack

import pytest

from lab import kernels, layers, sleep

from . import packets
from .streams import Flood, Streams

pytestmark = [pytest.mark.ours_only, pytest.mark.slow]


class Settings:
    """What must be as it was."""

    def __init__(self, port):
        self.port = port
        port.ethtool("-G", "rx 512 tx 256")
        port.ethtool("-K", "rxvlan off")
        port.link("mtu 2000")
        port.tap.set_mtu(2000)
        port.link("down address 52:54:00:12:34:56")  # the link-local address follows
        port.vm.run(f"lab-rxfh {port.name} key {bytes(range(40)).hex()} table 1,0,0,1,1")
        port.configure()
        port.ping(payload=1900)
        self.shown = self.show()
        self.counters = port.counters()

    def show(self):
        name = self.port.name
        text = self.port.vm.run(f"for i in -g -l -k -x; do ethtool $i {name}; done; "
                                f"ip -d link show {name}; ip addr show {name}")  # fmt: skip
        # These tell of time that has passed.
        return re.sub(r"(valid_lft|preferred_lft) \w+|carrier_changes \d+", "", text)

    def check(self):
        assert self.show() == self.shown
        now = self.port.counters()
        fallen = {name: (value, now[name]) for name, value in self.counters.items()
                  if re.match(r"(dev_)?[rt]x_|reset_|event_", name) and now[name] < value}
        assert not fallen
        assert not {name for name, value in now.items() if name.startswith("reset_")
                    and value != self.counters[name]}  # fmt: skip
        # Frames for the own address alone, of the full size, in both directions.
        self.port.ping(payload=1900)
        self.counters = now


@pytest.fixture(scope="module")
def vm_config(vm_config):
    """A kernel that knows which memory the firmware wakes it with."""
    return {**vm_config, "packed": True}


@pytest.fixture
def settings(port):
    before = port.mac
    yield Settings(port)
    port.ethtool("-G", "rx 2048 tx 1024")
    port.ethtool("-K", "rxvlan on")
    port.link("mtu 1500")
    port.link(f"address {before}")
    port.tap.set_mtu(1500)
    port.configure()


def to_memory(port):
    """A host that gets no answer tries again; a fast machine would be awake before."""
    frame = packets.raw(port.mac, port.tap.mac, 100)
    sleep.to_memory(port.vm, meanwhile=lambda: port.tap.send(frame))


def to_idle(port):
    sleep.to_idle(port.vm)


@pytest.mark.parametrize("go_to_sleep", [to_memory, to_idle])
def test_connections_outlive_sleep(port, settings, go_to_sleep):
    with Streams(port) as streams:
        for _ in range(2):
            streams.flow()
            go_to_sleep(port)
            streams.flow()
    settings.check()


def test_an_interface_that_was_down_stays_so_and_works_when_it_is_up(port, settings):
    port.link("down")
    sleep.to_memory(port.vm)
    assert "DOWN" in port.vm.run(f"ip link show {port.name}")
    port.configure()
    settings.check()


@pytest.mark.brief
def test_an_address_taken_before_sleep_is_still_received_for(port, settings):
    """The device forgets it with its power."""
    sleep.to_memory(port.vm)
    assert port.mac == "52:54:00:12:34:56"
    port.ping()


@pytest.mark.parametrize("level", ["freezer", "devices", "platform", "processors", "core"])
@pytest.mark.brief
def test_each_stage_of_suspending_can_be_turned_back(port, level):
    sleep.stage(port.vm, level, "mem")
    port.ping()


# Hibernation

DISK_MIB = 1024
# An image takes as much again as what it is made of, of which the debug kernel has more.
MEM_MIB = {kernels.DEBUG: 1024}


@pytest.fixture
def with_disk(reboot, kernel, tmp_path, vm):
    """A guest with room for an image of its memory."""
    disk = tmp_path / "disk"
    with disk.open("wb") as file:
        file.truncate(DISK_MIB << 20)
    parts = [layers.base(), layers.kernel(kernel, (*layers.NIC_MODULES, "virtio_pci", "virtio_blk")),
             layers.ours(kernel)]  # fmt: skip
    reboot(layers=parts, mem=MEM_MIB.get(kernel.name, 512), extra=[
        *vm.extra, "-drive", f"if=none,id=disk,file={disk},format=raw,cache=unsafe",
        "-device", "virtio-blk-pci,drive=disk"])  # fmt: skip
    vm.run("modprobe -a virtio_pci virtio_blk; mkswap /dev/vda; swapon /dev/vda")


def noise(vm):
    return vm.run("sha256sum /tmp/noise", timeout=120)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("busy", [False, True], ids=["alone", "with-the-driver-in-the-way"])
def test_a_hibernated_guest_comes_back_in_another_machine(port, with_disk, settings, busy):
    """Another QEMU, with nothing but the disk. A kernel that restores an image may have used the
    card already: the device must be quiet when the memory changes under it.
    """
    vm = port.vm
    vm.run("dd if=/dev/urandom of=/tmp/noise bs=1M count=32")
    before = noise(vm)
    vm.run("echo shutdown >/sys/power/disk")
    vm.spawn("echo disk >/sys/power/state")
    assert vm.await_exit(timeout=200).kind == "clean"

    vm.boot()
    vm.run("modprobe -a virtio_pci virtio_blk", check=False)
    with ExitStack() as traffic:
        if busy:
            vm.run("modprobe vmxnet3")
            port.configure()
            port.ping()
            traffic.enter_context(Flood(port)).forget_guest()
        mark = vm.mark()
        vm.spawn("cat /sys/block/vda/dev >/sys/power/resume")
        vm.wait_console("hibernation exit", timeout=200, since=mark)
    assert noise(vm) == before
    settings.check()
    port.tap.forget_neighbours()  # the kernel in between had another MAC address
    with Streams(port) as streams:
        streams.flow()
