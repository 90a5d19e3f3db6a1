# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Memory that is short: whatever cannot be had, the driver keeps what it has and tries again.

On the debug kernel each allocation in turn fails, and what is lost by it is searched for at the end
of the file. On all kernels DMA addresses run out.
"""

import json
import re

import pytest

from lab import faults, traffic
from lab.faults import PAGES, SLAB

from .streams import Streams

pytestmark = [pytest.mark.ours_only, pytest.mark.slow]

BUS = "/sys/bus/pci"


@pytest.fixture(scope="module")
def small_rings():
    """On all kernels: with the usual ones there would be no addresses left from the start."""
    return True


# Each allocation in turn

needs_debug = pytest.mark.needs_debug


@pytest.fixture
def small(port):
    """Rings that take few allocations, and whom the guest may ask whether its card works."""
    port.ethtool("-G", "tx 64 rx 32 rx-jumbo 32")
    faults.limit(port.vm, "vmxnet3", sleeping=True)
    echo = traffic.host("nettool", "-t", 600, "udp-echo", port.host4, 5020, 1 << 30)
    yield f"-- check echo {port.host4} 5020"
    echo.stop()
    port.configure()
    port.ethtool("-G", "tx 1024 rx 2048 rx-jumbo 512")


@needs_debug
@pytest.mark.timeout(300)
@pytest.mark.parametrize("change, undo", [
    ("ring {} 128 64 64", "ring {} 64 32 32"),
    ("channels {} 1", "channels {} 2"),
    ("mtu {} 4000", "mtu {} 1500"),
])  # fmt: skip
def test_a_change_that_lacks_memory_leaves_all_as_it_was(port, small, change, undo):
    show = f"for i in -g -l; do ethtool $i {port.name}; done; cat /sys/class/net/{port.name}/mtu"
    before = port.vm.run(show)
    counters = port.counters()
    tried = faults.sweep(port.vm, f"{change} -- undo {undo} {small}".replace("{}", port.name))
    assert sum(entry["errno"] == "12" for entry in tried) >= 5
    assert port.vm.run(show) == before
    grown = port.counted(counters)
    assert not {k: v for k, v in grown.items() if v and re.match("reset_|.x_bad|.x_drop", k)}


@needs_debug
@pytest.mark.timeout(300)
@pytest.mark.brief
def test_an_interface_that_lacks_memory_stays_down_and_goes_up_later(port, small):
    port.link("down")
    tried = faults.sweep(port.vm, f"up {port.name} -- undo down {port.name}")
    assert sum(entry["errno"] == "12" for entry in tried) >= 10
    port.configure()
    port.ping()


@needs_debug
@pytest.mark.timeout(300)
def test_a_device_that_lacks_memory_is_found_later(port, device):
    # What the core allocates for each file in sysfs is its own affair.
    faults.limit(port.vm, "vmxnet3", sleeping=True, depth=9)
    bind = f"write {BUS}/drivers/vmxnet3/bind {device.address}"
    unbind = f"write {BUS}/drivers/vmxnet3/unbind {device.address}"
    port.vm.run(f"echo {device.address} >{BUS}/drivers/vmxnet3/unbind")
    # PCI's core calls it busy when it has no memory to note a region.
    tried = faults.sweep(port.vm, f"{bind} -- undo {unbind}", answers=("0", "12", "16"))
    assert sum(entry["errno"] == "12" for entry in tried) >= 10
    port.vm.run(f"echo {device.address} >{BUS}/drivers/vmxnet3/bind")
    port.configure()
    port.ping()


@needs_debug
@pytest.mark.brief
def test_a_reset_needs_no_memory(port, small):
    before, mark = port.counters(), port.vm.mark()
    port.vm.run(f"echo 100 >{SLAB}/probability; echo 100 >{PAGES}/probability")
    refused = port.ethtool("-G", "rx 64", check=False)
    port.ethtool("--reset", "dma")
    port.vm.wait_console("reset done", since=mark)
    port.vm.run(f"echo 0 >{SLAB}/probability; echo 0 >{PAGES}/probability")
    assert refused.rc
    port.ping()
    assert port.counted(before)["reset_user"] == 1


@needs_debug
def test_a_resume_that_lacks_memory_is_made_up_for(port, small):
    """The device sleeps and wakes up; the machine does not."""
    vm, before, mark = port.vm, port.counters(), port.vm.mark()
    vm.run("echo 1 >/sys/module/suspend/parameters/pm_test_delay\n"
           "echo devices >/sys/power/pm_test\n"
           f"echo 100 >{SLAB}/probability; echo 100 >{PAGES}/probability\n"
           "echo freeze >/sys/power/state; echo none >/sys/power/pm_test", check=False)
    vm.wait_console("not back after sleep: -12, trying on", since=mark)
    assert vm.run(f"cat /sys/class/net/{port.name}/carrier") == "0\n"
    vm.run(f"echo 0 >{SLAB}/probability; echo 0 >{PAGES}/probability")
    vm.wait_console("reset done", since=mark)
    port.configure()
    port.ping()
    assert port.counted(before)["reset_activate"] >= 1


# While frames come


@needs_debug
@pytest.mark.brief
def test_a_ring_that_ran_dry_is_filled_again_without_help(port):
    """No buffer means no frame, and no frame no interrupt: only a timer can find memory again."""
    vm = port.vm
    port.ethtool("-G", "rx 64")
    faults.limit(vm, "vmxnet3", sleeping=False)
    before = port.counters()
    sink = traffic.guest(vm, "nettool", "-s", 1400, "-t", 60, "udp-recv", port.guest4, 5021, 100000)
    vm.run("kill -STOP $(pidof lab-nettool)")  # so that buffers stay in its socket
    vm.run(f"echo 100 >{PAGES}/probability")
    into = traffic.host("nettool", "-s", 1400, "udp-send", port.guest4, 5021, 1 << 30)
    vm.run(f"until [ $(ethtool -S {port.name} | awk '$1 == \"rx_retries:\" {{ print $2 }}') -ge "
           f"{before['rx_retries'] + 3} ]; do usleep 50000; done")  # fmt: skip
    into.stop()
    starved = port.counted(before)
    assert starved["rx_alloc_fail"] >= 3
    assert starved["dev_rx_out_of_buf"] > 0
    vm.run(f"echo 0 >{PAGES}/probability")
    vm.run(f"until ethtool -d {port.name} raw on >/dev/null; do usleep 50000; done")
    port.ping()
    vm.run("kill -KILL $(pidof lab-nettool)")
    sink.result(check=False)
    after = port.counters()
    port.ping()
    assert port.counted(after)["rx_alloc_fail"] == 0
    port.ethtool("-G", "rx 2048")


@needs_debug
def test_frames_that_find_no_socket_buffer_are_counted(port):
    faults.limit(port.vm, "vmxnet3", sleeping=False)
    before = port.counters()
    port.vm.run(f"echo 100 >{SLAB}/probability; echo 100 >{PAGES}/probability")
    for _ in range(200):
        port.tap.send(bytes.fromhex("ffffffffffff") + bytes(6) + b"\x88\xb5" + bytes(1000))
    port.vm.run(f"until [ $(ethtool -S {port.name} | awk '$1 == \"rx_drop_skb:\" {{ print $2 }}') "
                f"-gt {before['rx_drop_skb']} ]; do usleep 50000; done; "
                f"echo 0 >{SLAB}/probability; echo 0 >{PAGES}/probability")  # fmt: skip
    port.ping()
    link = json.loads(port.vm.run(f"ip -s -j link show {port.name}"))[0]["stats64"]
    assert link["rx"]["dropped"] >= port.counted(before)["rx_drop_skb"] > 0


# DMA addresses that run out


@pytest.fixture
def bounced(reboot, port):
    """All DMA goes through a small bounce buffer, which also shows a sync that was forgotten."""
    reboot(append="swiotlb=7168,force")
    port.ethtool("-G", "tx 256 rx 128 rx-jumbo 32")


def free_slots(port):
    at = "/sys/kernel/debug/swiotlb"
    total, used = port.vm.run(f"cat {at}/io_tlb_nslabs {at}/io_tlb_used").split()
    return int(total) - int(used)


def test_frames_arrive_whole_through_bounce_buffers(bounced, port):
    with Streams(port) as streams:
        streams.flow(2 << 20)
    for payload in 18, 200, 300, 1472:
        port.ping(payload=payload)
    port.link("mtu 9000")
    port.tap.set_mtu(9000)
    for payload in 3000, 8972:
        port.ping(payload=payload)
    port.tap.set_mtu(1500)


def test_a_burst_that_ends_in_a_drop_is_sent_all_the_same(bounced, port):
    """Packets that found a DMA address before it ran out wait for a doorbell, which the last one
    would have rung.
    """
    vm = port.vm
    port.ethtool("-L", "combined 1")
    port.link("mtu 9000")
    port.tap.set_mtu(9000)
    size = 32
    while free_slots(port) > 40:
        size += max(32, free_slots(port) // 4 // 32 * 32)
        port.link("down")
        port.ethtool("-G", f"rx 2048 rx-jumbo {size}")
        if vm.run(f"ip link set {port.name} up", check=False).rc:
            break
    # Room for some packets.
    while vm.run(f"ip link set {port.name} up", check=False).rc or free_slots(port) < 16:
        size -= 32
        port.link("down")
        port.ethtool("-G", f"rx-jumbo {size}")
    port.configure()
    room = free_slots(port)
    before = port.counters()
    with port.tap.capture() as capture:
        vm.run("modprobe pktgen; cd /proc/net/pktgen; echo add_device eth0 >kpktgend_0\n"
               f"for s in 'count 1024' 'burst 256' 'pkt_size 3000' 'dst {port.host4}' "
               f"'dst_mac {port.tap.mac}' 'delay 0'; do echo $s >eth0; done; echo start >pgctrl")
        grown = port.counted(before)
        posted = grown["tx_packets"]
        assert grown["tx_drop_map"] > 0, f"{room} slots were free"
        assert posted > 10
        capture.wait(lambda f: len(f.data) == 3000, count=posted - 10)
    assert grown["tx_doorbells"] <= posted
    # What has no address is dropped; what needs none goes on.
    port.ping(payload=50)
    link = json.loads(vm.run(f"ip -s -j link show {port.name}"))[0]["stats64"]
    assert link["tx"]["dropped"] >= grown["tx_drop_map"]
    port.tap.set_mtu(1500)


def test_an_interface_that_finds_no_addresses_stays_down(bounced, port):
    mark = port.vm.mark()
    port.link("down")
    port.ethtool("-G", "rx 4096")
    refused = port.vm.run(f"ip link set {port.name} up", check=False)
    assert refused.rc
    port.vm.wait_console("no memory for 2 tx and 2 rx queues", since=mark)
    port.ethtool("-G", "rx 128")
    port.configure()
    port.ping()
