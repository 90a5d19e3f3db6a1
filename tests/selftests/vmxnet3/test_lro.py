# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Frames that the device has merged (LRO), taken in and passed on; and none when that is off.

QEMU merges nothing by itself but passes on what the host has not cut. eth0 receives; eth1 is where
the guest forwards to, a plain wire.
"""

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from lab import traffic
from lab.capture import GSO_TCPV4, GSO_TCPV6, NEEDS_CSUM

from . import packets, transfers
from .packets import MSS4, MSS6
from .port import make_tap

pytestmark = [pytest.mark.shares("two NICs"), pytest.mark.slow]


@pytest.fixture(scope="module")
def taps(enter):
    """One that offloads, and a plain one."""
    return [enter(make_tap(0)), enter(make_tap(1, vnet_hdr=False))]


def merged(port, dst, length=6 * MSS4):
    """A TCP packet longer than the MTU, from the host, with the request to cut it."""
    src, mss = (port.host6, MSS6) if ":" in dst else (port.host4, MSS4)
    return packets.tcp((port.tap.mac, port.mac), (src, dst), length, mss)


def received(port, frame, vnet, count):
    """How the guest's stack sees what becomes of the packet."""
    sink = traffic.guest(port.vm, "frames", "-t", 10 * round(port.vm.slowness), "recv", port.name,
                         count, f"0x{frame[12:14].hex()}")  # fmt: skip
    port.inject(frame, vnet)
    return sink.frames()


@pytest.mark.ours_only
@pytest.mark.parametrize("ipv6", [False, True], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("length", [1449, 6 * MSS4, 60000])
def test_a_merged_packet_is_received_whole_with_what_is_needed_to_cut_it(port, ipv6, length):
    frame, vnet = merged(port, port.guest6 if ipv6 else port.guest4, length)
    with port.offload("lro on"):
        before = port.counters()
        ((flags, gso_type, gso_size, data),) = received(port, frame, vnet, 1)
        grown = port.counted(before)
    assert data == frame
    assert flags == NEEDS_CSUM
    expected = (GSO_TCPV6, MSS6) if ipv6 else (GSO_TCPV4, MSS4)
    assert (gso_type, gso_size) == expected
    assert grown["rx_lro_packets"] == 1


def test_without_lro_the_same_packet_comes_in_segments(port):
    frame, vnet = merged(port, port.guest4)
    with port.offload("lro off gro off"):
        seen = received(port, frame, vnet, 6)
    assert {gso_type for _, gso_type, _, _ in seen} == {0}
    assert {len(data) for *_, data in seen} == {len(frame) - 5 * MSS4}
    assert b"".join(bytes(Ether(data)[TCP].payload) for *_, data in seen) == packets.counted(6 * MSS4)


@pytest.mark.ours_only
@pytest.mark.brief
def test_merging_ends_and_begins_without_a_pause(port):
    """The host has frames on their way that it merged before: they must find the buffers they need."""
    with port.offload("lro on"):
        port.ping()
        before = port.counters()
        for word in "off", "on", "off", "on":
            port.ethtool("-K", f"lro {word}")
        # Those of a queue begin anew with the queue.
        assert port.counters()["rx0_packets"] >= before["rx0_packets"] > 0


@pytest.mark.parametrize("word", ["on", "off"])
@pytest.mark.brief
def test_a_stream_is_received_right_with_lro(port, word):
    with port.offload(f"lro {word}"):
        before = port.counters()
        transfers.run(port, "tcp", 4 << 20, to_guest=True)
        transfers.run(port, "tcp", 1 << 20, to_guest=True, ipv6=True)
        grown = port.counted(before)
    if "rx_lro_packets" in grown:
        assert (grown["rx_lro_packets"] > 0) == (word == "on")
        assert grown["rx_lro_unparsed"] == 0


def test_forwarding_switches_lro_off(port):
    with port.offload("lro on"):
        port.vm.run("echo 1 >/proc/sys/net/ipv4/ip_forward")
        try:
            assert not port.offloads()["large-receive-offload"]
            test_without_lro_the_same_packet_comes_in_segments(port)
        finally:
            port.vm.run("echo 0 >/proc/sys/net/ipv4/ip_forward")


def test_bridging_switches_lro_off(port):
    with port.offload("lro on"):
        port.vm.run(f"ip link add br0 type bridge; ip link set {port.name} master br0")
        try:
            assert not port.offloads()["large-receive-offload"]
        finally:
            port.vm.run("ip link delete br0")
            port.configure()


@pytest.mark.ours_only
@pytest.mark.parametrize("tso", ["on", "off"])
def test_a_merged_packet_is_forwarded_in_right_segments(ports, tso):
    """LRO by a user's own wish: what was merged must leave as it was sent, cut by the second
    card's device or by the core."""
    inner, outer = ports
    frame, vnet = merged(inner, outer.host4)
    inner.vm.run("echo 1 >/proc/sys/net/ipv4/ip_forward")
    try:
        with inner.offload("lro on"), outer.offload(f"tso {tso}"), outer.tap.capture() as capture:
            before = inner.counters()
            inner.inject(frame, vnet)
            capture.wait(lambda seen: packets.PORTS in seen.data, count=6,
                         timeout=10 * inner.vm.slowness)  # fmt: skip
            assert inner.counted(before)["rx_lro_packets"] == 1
            sent = [seen for seen in capture.frames if packets.PORTS in seen.data]
    finally:
        inner.vm.run("echo 0 >/proc/sys/net/ipv4/ip_forward")
    packets.assert_plain(sent)
    packets.assert_segments(sent, frame, MSS4)
    assert {Ether(seen.data)[IP].ttl for seen in sent} == {63}
