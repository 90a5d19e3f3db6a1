# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""VLANs: tags put on and taken off by the device or by the kernel, and the filter by id.

That something is filtered is shown by a frame that is sent after it and comes first.
"""

import pytest

from . import packets
from .packets import MSS4
from .port import VLAN_GUEST, VLAN_HOST, make_tap

pytestmark = [pytest.mark.shares("two NICs"), pytest.mark.slow]


@pytest.fixture(scope="module")
def taps(enter):
    """One that offloads, and a plain one."""
    return [enter(make_tap(0)), enter(make_tap(1, vnet_hdr=False))]


@pytest.fixture(params=["offloading", "plain"])
def wire(request, ports):
    """Each of the ports."""
    return ports[request.param == "plain"]


def tagged(port, *tags):
    """A frame for each tag; None is no tag."""
    mac, host = port.mac, port.tap.mac
    return [packets.raw(mac, host, 100, seed=n, vlan=tag) for n, tag in enumerate(tags)]


# Tags


@pytest.mark.parametrize("off", ["", "txvlan", "rxvlan", "txvlan off rxvlan", "tx"])
def test_a_vlan_works_without(wire, off):
    with wire.offload(f"{off} off" if off else ""), wire.vlan(5):
        before = wire.counters()
        for payload in (18, 82, 83, 214, 1472):
            wire.echo_vlan(5, payload)
        grown = wire.counted(before)
    if "rx_vlan_stripped" in grown:
        assert grown["rx_vlan_stripped"] == (0 if "rxvlan" in off else 5)


@pytest.mark.brief
def test_a_tag_arrives_with_priority_and_all(wire):
    """Untagged frames and those tagged for priority alone need no VLAN."""
    with wire.vlan(5):
        frames = tagged(wire, 0x5, 0xB005, 0xF005, 0x0000, 0x6000, None)
        wire.deliver(frames, frames)


@pytest.mark.parametrize("off", ["", "txvlan"])
def test_a_priority_is_sent(wire, off):
    with wire.offload(f"{off} off" if off else ""), wire.vlan(5) as name:
        wire.vm.run(f"ip link set {name} type vlan egress-qos-map 0:6")
        frame = packets.raw(wire.tap.mac, wire.mac, 100)
        seen = wire.captured(lambda seen: frame[14:] in seen.data,
                             f"lab-frames send {name} 1 {frame.hex()}")  # fmt: skip
    assert seen.data == frame[:12] + b"\x81\x00\xc0\x05" + frame[12:]


@pytest.mark.parametrize("off", ["", "tso"])
def test_a_large_packet_is_cut_into_segments_with_its_tag(wire, off):
    # QEMU loses what belongs to the last segment alone when it cuts by itself.
    flags = "PAF" if wire.tap.vnet_hdr else "A"
    ends = (wire.mac, wire.tap.mac), (VLAN_GUEST, VLAN_HOST)
    frame, vnet = packets.tcp(*ends, 20000, MSS4, flags=flags)
    with wire.offload(f"{off} off" if off else ""), wire.vlan(5) as name:
        sent = wire.request(frame, vnet, through=name)
    (packets.assert_requests if wire.tap.vnet_hdr else packets.assert_plain)(sent)
    whole = wire.tap.vnet_hdr and off != "tso"
    packets.assert_segments(sent, frame, None if whole else MSS4)
    assert {packets.tag(segment.data) for segment in sent} == {b"\x81\x00\x00\x05"}
    assert (len(sent) == 1) == whole


# Filter


@pytest.mark.brief
def test_only_vlans_that_exist_are_received(port):
    """Ids at the edges of the filter's words, and their neighbours."""
    ids = [1, 31, 32, 63, 2048, 4094]
    others = [2, 30, 33, 62, 64, 2047, 2049, 4093]
    port.vm.run("set -e\n" + "\n".join(
        f"ip link add link {port.name} name vlan{vid} up type vlan id {vid}" for vid in ids))
    wanted = tagged(port, *ids)
    try:
        port.deliver([*tagged(port, *others), *wanted], wanted)
    finally:
        port.vm.run("\n".join(f"ip link delete vlan{vid}" for vid in ids))
    (last,) = tagged(port, None)
    port.deliver([*wanted, last], [last])


def test_a_promiscuous_card_receives_every_vlan_for_as_long_as_it_is(port):
    with port.vlan(5):
        other, own = tagged(port, 6, 5)
        with port.flag("promisc"):
            port.deliver([other, own], [other, own])
        port.deliver([other, own], [own])


@pytest.mark.ours_only
def test_without_the_filter_every_vlan_is_received(port):
    with port.vlan(5):
        other, own = tagged(port, 6, 5)
        with port.offload("rx-vlan-filter off"):
            port.deliver([other, own], [other, own])
        port.deliver([other, own], [own])


@pytest.mark.ours_only
@pytest.mark.brief
def test_the_filter_stays_over_changes_that_restart_the_device(port):
    with port.vlan(5):
        other, own = tagged(port, 6, 5)
        with port.mtu(2000):
            port.deliver([other, own], [own])
        port.link("down")
        port.configure()
        port.deliver([other, own], [own])
