# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What the driver says of itself, and the interfaces of the kernel that come with it.

Settings that change something are in test_reconfig.py.
"""

import json
import re
import socket
from pathlib import Path

import pytest

from lab import build, traffic

from .streams import Streams

pytestmark = [pytest.mark.shares("one NIC"), pytest.mark.ours_only]


@pytest.fixture(scope="module")
def small_rings():
    """Defaults are a part of what is tested."""
    return False


VERSION = (build.TREE / "VERSION").read_text().strip()
GOLDEN = Path(__file__).with_name("modinfo.txt")


def counter_sums(counters):
    """Totals, and what the queues add up to, of each counter that has both."""
    sums = {}
    for name, value in counters.items():
        if match := re.match(r"((?:dev_)?[rt]x)\d+_(.*)", name):
            total = "_".join(match.groups())
            sums[total] = sums.get(total, 0) + value
    return {name: counters[name] for name in sums}, sums


@pytest.fixture
def anew(port, roomy):
    """The driver loaded anew, so that everything counts from 0, and with room for a stream."""
    port.vm.run("modprobe -r vmxnet3; modprobe vmxnet3")
    port.ethtool("-G", f"rx-jumbo {roomy}")
    port.configure()


# The module


def test_the_module_says_what_it_always_said(vm):
    """An alias that is lost is a machine that does not boot."""
    shown = vm.run("modinfo vmxnet3").splitlines()
    kept = ("alias", "license", "description", "author", "version", "parm", "depends")
    lines = [re.sub(r":\s+", ": ", line) for line in shown if line.startswith(kept)]
    # The module of the driver's own state is none: it needs what the kernel has built in or loads.
    lines = [line for line in lines if not line.startswith("depends")]
    golden = GOLDEN.read_text().replace("VERSION", VERSION).splitlines()
    assert sorted(lines) == sorted(line for line in golden if not line.startswith("#"))
    assert not vm.run("ls /sys/module/vmxnet3/parameters 2>/dev/null", check=False)
    assert vm.run("cat /sys/module/vmxnet3/version").strip() == VERSION


def test_the_driver_names_itself_its_bus_and_the_device_version(port):
    shown = dict(line.split(": ", 1) for line in port.ethtool("-i").splitlines() if ": " in line)
    address = port.vm.run(f"basename $(readlink /sys/class/net/{port.name}/device)").strip()
    assert shown["driver"] == "vmxnet3"
    assert shown["version"] == VERSION
    assert shown["bus-info"] == address
    assert shown["firmware-version"] == "vmxnet3 v1"
    assert shown["supports-statistics"] == shown["supports-test"] == "yes"
    assert shown["supports-register-dump"] == "yes"
    info = json.loads(port.vm.run("devlink -j dev info"))["info"][f"pci/{address}"]
    assert info["driver"] == "vmxnet3"
    assert info["versions"]["running"] == {"device.protocol": "1"}


def test_the_link_rings_channels_and_offloads_are_shown(port):
    shown = port.ethtool("")
    assert "Speed: 1000Mb/s" in shown
    assert "Duplex: Full" in shown
    assert "Auto-negotiation: off" in shown
    rings = port.ethtool("-g")
    assert re.search(r"maximums:\n(?:.*\n)*?RX:\s+4096\n(?:.*\n)*?RX Jumbo:\s+4096\nTX:\s+4096",
                     rings)  # fmt: skip
    assert re.search(r"Current.*\n(?:.*\n)*?RX:\s+2048\n(?:.*\n)*?RX Jumbo:\s+512\nTX:\s+1024",
                     rings)  # fmt: skip
    assert re.search(r"Current.*\n(?:.*\n)*?Combined:\s+2", port.ethtool("-l"))
    on = port.offloads()
    for name in ("rx-checksumming", "tx-checksum-ip-generic", "scatter-gather", "receive-hashing",
                 "tx-tcp-segmentation", "tx-tcp6-segmentation", "rx-vlan-offload", "rx-vlan-filter",
                 "tx-vlan-offload", "generic-receive-offload", "highdma"):  # fmt: skip
        assert on[name], name
    assert "software-transmit" in port.ethtool("-T")
    assert "rx-copybreak: 256" in port.ethtool("--get-tunable", "rx-copybreak")
    assert port.mac in port.ethtool("-P").lower()


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_the_self_test_passes(port, mode):
    with Streams(port) as streams:
        result = port.ethtool("-t", mode)
        streams.flow()
    assert "The test result is PASS" in result
    assert len(re.findall(r"\s0$", result, re.MULTILINE)) == 4


def test_the_self_test_fails_where_the_device_does(port, device):
    device.answer(False)
    result = port.ethtool("-t", "online", check=False)
    device.answer(True)
    assert "The test result is FAIL" in result
    port.ethtool("--reset", "dma")  # a doorbell may have been lost
    port.ping()


def test_the_register_dump_tells_the_state_of_the_device(port, device):
    dump = device.dump()
    assert dump.head["version"] == dump.head["vrrs"] == dump.head["uvrs"] == 1
    mac = dump.head["macl"].to_bytes(4, "little") + dump.head["mach"].to_bytes(4, "little")[:2]
    assert mac.hex(":") == port.mac
    assert device.qtest.read(device.shared(), 4) == dump.shared[:4] == b"\xe1\xfe\xbe\xba"
    assert [queue["size"] for queue in dump.tx] == [1024, 1024]
    assert [queue["fill"] - queue["clean"] for queue in dump.tx] == [0, 0]
    for queue in dump.rx:
        assert (queue["fill"] - queue["clean"]) % queue["size"] >= queue["size"] - 17
    port.link("down")
    down = device.dump()
    assert not any(queue["size"] for queue in down.tx + down.rx)
    port.configure()


# Counters


def test_counters_agree_with_each_other_and_with_the_other_side(anew, port):
    """While nothing moves, all who count must have counted the same."""
    with Streams(port) as streams:
        streams.flow(4 << 20)
    link, counters = counters_at_rest(port)
    totals, sums = counter_sums(counters)
    assert len(totals) > 50
    assert totals == sums
    assert link["rx"]["packets"] == counters["rx_packets"]
    assert link["tx"]["packets"] == counters["tx_packets"]
    assert link["rx"]["bytes"] == counters["rx_bytes"]
    assert link["tx"]["bytes"] == counters["tx_bytes"]
    assert counters["dev_rx_ucast_pkts"] + counters["dev_rx_bcast_pkts"] + counters[
        "dev_rx_mcast_pkts"] == counters["rx_packets"]  # fmt: skip
    assert counters["rx_csum_unnecessary"] + counters["rx_csum_none"] == counters["rx_packets"]
    assert counters["tx_tso_segs"] > counters["tx_tso_packets"] > 0
    bad = {name: value for name, value in counters.items() if value
           and re.match(r"[rt]x_(bad|drop|timeouts|alloc_fail|retries|lro_unparsed)|reset_|event_"
                        r"|dev_.x_(errors|discards)", name)}  # fmt: skip
    assert not bad
    groups = port.vm.run(f"ethtool -S {port.name} --groups eth-mac", check=False)
    if not groups.rc:
        assert f"FramesReceivedOK: {counters['rx_packets']}" in groups


def counters_at_rest(port):
    """The kernel's and the driver's, read while none of them grew."""
    link = None
    while link != (again := link_counters(port)):
        link, counters = again, port.counters()
    return link, counters


def link_counters(port):
    return json.loads(port.vm.run(f"ip -s -j link show {port.name}"))[0]["stats64"]


def test_sizes_up_to_the_copy_break_are_copied(port):
    for limit in 0, 256, 1024:
        port.vm.run(f"ethtool --set-tunable {port.name} rx-copybreak {limit}")
        before = port.counters()
        for payload in 18, 214, 215, 982, 983, 1472:
            port.ping(payload=payload)
        copied = sum(payload + 42 <= limit for payload in (18, 214, 215, 982, 983, 1472))
        assert copied <= port.counted(before)["rx_copybreak"] <= copied + (10 if limit else 0)
    port.vm.run(f"ethtool --set-tunable {port.name} rx-copybreak 256")


# What the kernel builds on the driver


@pytest.mark.slow
def test_the_console_reaches_the_host_by_udp(port):
    """netconsole polls the card from wherever the kernel speaks, interrupts off included."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as log:
        log.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        log.bind((port.host4, 6666))
        log.settimeout(10 * port.vm.slowness)
        port.vm.run(f"modprobe netconsole netconsole=@{port.guest4}/{port.name},"
                    f"6666@{port.host4}/{port.tap.mac}")  # fmt: skip
        with Streams(port) as streams:
            port.vm.run("for n in $(seq 200); do echo line $n of many >/dev/kmsg; done")
            streams.flow()
            wanted = {f"line {number} of many" for number in range(1, 201)}
            while wanted:
                text = log.recv(4096).decode(errors="replace")
                wanted = {line for line in wanted if line not in text}
        port.vm.run("rmmod netconsole")


@pytest.mark.slow
@pytest.mark.parametrize("words", [
    "net.core.busy_read=50 net.core.busy_poll=50", "",
], ids=["busy-polling", "threaded"])  # fmt: skip
def test_other_ways_of_polling_lose_nothing(port, words):
    threaded = f"/sys/class/net/{port.name}/threaded"
    if words:
        port.vm.run(f"sysctl -w {words}")
    elif port.vm.run(f"echo 1 >{threaded}", check=False).rc:
        pytest.skip("this kernel does not poll in threads")
    try:
        with Streams(port) as streams:
            streams.flow()
        echo = traffic.host("nettool", "udp-echo", port.host4, 5008, 300)
        traffic.guest(port.vm, "nettool", "udp-rr", port.host4, 5008, 300).result()
        echo.result()
        if not words:
            threads = port.vm.run("ps").splitlines()
            assert sum(f"napi/{port.name}" in line for line in threads) >= 2
    finally:
        port.vm.run("sysctl -w net.core.busy_read=0 net.core.busy_poll=0")
        port.vm.run(f"[ ! -e {threaded} ] || echo 0 >{threaded}")


@pytest.mark.slow
def test_deferred_interrupts_stay_masked_between_polls(port):
    """The vector is unmasked only when the core says that polling has ended."""
    at = f"/sys/class/net/{port.name}"
    port.ping()

    def unmasks():
        before = port.counters()
        echo = traffic.guest(port.vm, "nettool", "udp-echo", port.guest4, 5009, 300)
        traffic.host("nettool", "udp-rr", port.guest4, 5009, 300).result()
        echo.result()
        return port.counted(before)["rx_unmasks"]

    usual = unmasks()
    port.vm.run(f"echo 20000000 >{at}/gro_flush_timeout; echo 100 >{at}/napi_defer_hard_irqs")
    deferred = unmasks()
    port.vm.run(f"echo 0 >{at}/gro_flush_timeout; echo 0 >{at}/napi_defer_hard_irqs")
    assert usual >= 200
    assert deferred <= usual / 10
    port.ping()


def test_tracepoints_tell_of_each_border_that_is_crossed(port):
    events = "/sys/kernel/tracing/events/vmxnet3"
    port.vm.run(f"echo >/sys/kernel/tracing/trace; echo 1 >{events}/enable")
    with Streams(port) as streams:
        streams.flow()
    port.ethtool("--reset", "dma")
    port.ping()
    port.vm.run(f"echo 0 >{events}/enable")
    seen = port.vm.run("grep -o 'vmxnet3_[a-z_]*:' /sys/kernel/tracing/trace | sort -u").split()
    there = port.vm.run(f"cd {events}; ls -d vmxnet3_*").split()
    silent = {"vmxnet3_violation"}  # provoked in test_hostile.py
    assert {name.rstrip(":") for name in seen} == set(there) - silent
