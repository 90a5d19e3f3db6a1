# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Hardware that is added to a running guest, and drivers that fail: the host's log has it, and what is
configured is brought into use.
"""

from __future__ import annotations

import pytest

from lab import layers, openvmtools, vmguestd
from lab.net import Nic

pytestmark = pytest.mark.thorough

# The device may not read memory; then packets, until no more are taken.
STALL = """import socket, sys
with open(f"/sys/bus/pci/devices/{sys.argv[1]}/config", "r+b", buffering=0) as config:
    config.seek(4)
    low, high = config.read(2)
    config.seek(4)
    config.write(bytes([low & ~4, high]))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
    udp.setblocking(False)
    try:
        while True:
            udp.sendto(bytes(1400), ("192.0.2.9", 9))
    except BlockingIOError:
        pass
"""

SETTINGS = "/etc/vmware-tools/tools.conf"


@pytest.fixture(scope="session")
def guest_layers(kernel):
    """With a driver that has a reporter of its health."""
    return [*vmguestd.guest_layers(kernel, "vmxnet3"), layers.ours(kernel)]


@pytest.fixture(scope="module")
def vm_config(vmhost, tap):
    config = vmguestd.config(vmhost)
    room = ["-smp", "2,maxcpus=4", "-m", f"{openvmtools.MEMORY},slots=4,maxmem=4G",
            "-device", "pcie-root-port,id=root1,slot=1,chassis=1"]  # fmt: skip
    return {**config, "extra": [*config["extra"], *room], "nics": [Nic(tap)]}


@pytest.fixture(scope="module")
def vm_setup():
    return lambda vm: None


@pytest.fixture
def configure(service, control):
    def write(text):
        service.vm.put(SETTINGS, text.encode())
        mark = control.mark()
        service.vm.run("systemctl restart vmguestd")
        service.await_event("capability", mark, name="statechange")

    yield write
    write("")


def logged(service, mark, text):
    return service.await_event("log", mark, text=f"*{text}")


def test_a_disk_comes_and_goes(service, control, vm):
    mark = control.mark()
    vm.qmp("blockdev-add", driver="null-co", node_name="empty", size=1 << 20, read_zeroes=True)
    vm.qmp("device_add", driver="virtio-blk-pci", id="disk", bus="root1", drive="empty")
    logged(service, mark, "(pci) was added")
    logged(service, mark, "Device vdb (block) was added")
    mark = control.mark()
    vm.qmp("device_del", id="disk")
    logged(service, mark, "Device vdb (block) was removed")
    logged(service, mark, "(pci) was removed")


@pytest.mark.parametrize("wanted", [False, True])
def test_a_processor_is_used_where_that_is_configured(service, control, vm, configure, wanted):
    configure(f"[hotplug]\ncpu={str(wanted).lower()}\n")
    free = [slot for slot in vm.qmp("query-hotpluggable-cpus") if "qom-path" not in slot]
    number = 4 - len(free)
    mark = control.mark()
    # The last of the list is the first that is free.
    vm.qmp("device_add", driver=free[-1]["type"], id=f"cpu{number}", **free[-1]["props"])
    logged(service, mark, f"Device cpu{number} (cpu) was added")
    online = f"/sys/devices/system/cpu/cpu{number}/online"
    if wanted:
        vm.run(f"timeout 30 sh -c 'until grep -q 1 {online}; do :; done'")
    else:
        assert vm.run(f"cat {online}") == "0\n"


@pytest.mark.parametrize("wanted", [False, True])
def test_memory_is_used_where_that_is_configured(service, control, vm, configure, wanted):
    configure(f"[hotplug]\nmemory={str(wanted).lower()}\n")
    # Neither the kernel nor udev is to be faster.
    vm.run("echo offline >/sys/devices/system/memory/auto_online_blocks")
    blocks = set(vm.run("ls -d /sys/devices/system/memory/memory*").split())
    name = f"dimm{wanted:d}"
    vm.qmp("object-add", qom_type="memory-backend-ram", id=f"m{name}", size=128 << 20)
    vm.qmp("device_add", driver="pc-dimm", id=name, memdev=f"m{name}")
    vm.run("timeout 30 sh -c 'until [ $(ls -d /sys/devices/system/memory/memory* | wc -l) -gt "
           f"{len(blocks)} ]; do :; done'")  # fmt: skip
    (added,) = set(vm.run("ls -d /sys/devices/system/memory/memory*").split()) - blocks
    if wanted:
        vm.run(f"timeout 30 sh -c 'until grep -q ^online {added}/state; do :; done'")
    else:
        assert service.tclo("ping") == "OK "
        assert vm.run(f"cat {added}/state") == "offline\n"


@pytest.mark.console_allow("dev_watchdog")
def test_a_driver_that_fails_is_reported(service, control, vm):
    """Our vmxnet3, whose device fetches no packet any more: the core finds out, the driver resets it."""
    vm.run("ip link set eth0 up && ip address add 192.0.2.2/24 dev eth0 && "
           "ip neighbour add 192.0.2.9 lladdr 02:00:00:00:00:09 dev eth0")  # fmt: skip
    address = vm.run("basename $(readlink /sys/class/net/eth0/device)").strip()
    mark = control.mark()
    vm.run(f"python3 - {address} <<'.'\n{STALL}.\n")
    event = logged(service, mark, f"Device {address}: tx is in an error*")
    assert "1 failures, 0 recoveries" in event["text"]
    logged(service, mark, f"Device {address}: tx has recovered (1 failures, 1 recoveries)")
    assert service.report()["daemon"]["counters"]["driver_failures"] >= 2
