# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Who is received: unicast, multicast, broadcast; and the card's own address.

That something is filtered is shown by a frame that is sent after it and comes first. Filters by
VLAN are in test_vlan.py.
"""

import pytest
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import Ether

from lab import traffic
from lab.vm import CommandFailed

from . import packets

pytestmark = pytest.mark.shares("one NIC")

OTHER = "52:54:00:99:99:99"
JOINED, STRANGE = "01:00:5e:01:02:03", "01:00:5e:01:02:04"
BROADCAST = "ff:ff:ff:ff:ff:ff"


def to(port, *addresses):
    """A frame for each address."""
    host = port.tap.mac
    return [packets.raw(mac, host, 100, seed=n) for n, mac in enumerate(addresses)]


# Multicast and broadcast


def test_broadcasts_are_received(port):
    frames = to(port, BROADCAST, port.mac)
    port.deliver(frames, frames)


def test_only_groups_that_were_joined_are_received(port):
    strange, joined, own = to(port, STRANGE, JOINED, port.mac)
    port.deliver([strange, joined, own], [own])
    port.vm.run(f"ip maddress add {JOINED} dev {port.name}")
    try:
        port.deliver([strange, joined], [joined])
        port.link("down")
        port.configure()
        port.deliver([strange, joined], [joined])
    finally:
        port.vm.run(f"ip maddress delete {JOINED} dev {port.name}")
    port.deliver([joined, own], [own])


def test_all_groups_are_received_for_as_long_as_that_is_wanted(port):
    strange, own = to(port, STRANGE, port.mac)
    with port.flag("allmulticast"):
        port.deliver([strange, own], [strange, own])
    port.deliver([strange, own], [own])


def test_more_groups_than_the_table_takes_are_all_received(port):
    frames = to(port, *(f"01:00:5e:10:{n >> 8:02x}:{n & 255:02x}" for n in (0, 511, 512, 599)))
    strange, own = to(port, STRANGE, port.mac)
    joined = traffic.guest(port.vm, "frames", "join", port.name, 600, "01005e100000")
    port.deliver(frames, frames)
    joined.stop()
    port.deliver([frames[0], strange, own], [own])


def test_neighbours_are_found_by_their_solicited_node_group(port):
    address = "2001:db8::77:1234"
    ask = bytes(Ether(src=port.tap.mac, dst="33:33:ff:77:12:34")
                / IPv6(src=port.host6, dst="ff02::1:ff77:1234")
                / ICMPv6ND_NS(tgt=address) / ICMPv6NDOptSrcLLAddr(lladdr=port.tap.mac))  # fmt: skip

    def answers(frame):
        packet = Ether(frame.data)
        return not frame.outgoing and ICMPv6ND_NA in packet and packet[ICMPv6ND_NA].tgt == address

    port.vm.run(f"ip address add {address}/64 dev {port.name} nodad")
    try:
        with port.tap.capture() as capture:
            port.tap.send(ask)
            capture.wait(answers, timeout=10 * port.vm.slowness)
    finally:
        port.vm.run(f"ip address delete {address}/64 dev {port.name}")


# Unicast


def test_frames_for_others_are_received_by_a_promiscuous_card_alone(port):
    other, own = to(port, OTHER, port.mac)
    port.deliver([other, own], [own])
    with port.flag("promisc"):
        port.deliver([other, own], [other, own])
    port.deliver([other, own], [own])


def test_a_macvlan_receives_for_its_own_address(port):
    other, own = to(port, OTHER, port.mac)
    port.vm.run(f"ip link add link {port.name} name mv0 address {OTHER} up type macvlan mode bridge")
    try:
        port.deliver([own, other], [other], at="mv0")
        port.deliver([other, own], [other, own])
    finally:
        port.vm.run("ip link delete mv0")
    port.deliver([other, own], [own])


# The card's own address


def test_a_new_address_replaces_the_old_one(port):
    old, new = to(port, port.mac, OTHER)
    permanent = port.ethtool("-P")
    with port.address(OTHER):
        port.deliver([old, new], [new])
        assert port.ping().src.hex(":") == OTHER
        assert port.ethtool("-P") == permanent
    port.deliver([new, old], [old])


@pytest.mark.ours_only
def test_a_new_address_stays_over_changes_that_restart_the_device(port):
    """QEMU's device falls back to its permanent address whenever it is started."""
    old, new = to(port, port.mac, OTHER)
    with port.address(OTHER):
        port.link("down")
        port.configure()
        port.deliver([old, new], [new])
        with port.mtu(2000):
            port.deliver([old, new], [new])
        port.ethtool("-G", "rx 1024")
        port.deliver([old, new], [new])
    port.ethtool("-G", "rx 2048")
    port.deliver([new, old], [old])


@pytest.mark.ours_only
def test_an_address_given_while_down_is_used_once_up(port):
    old, new = to(port, port.mac, OTHER)
    before = port.mac
    port.link(f"down address {OTHER}")
    port.configure()
    port.deliver([old, new], [new])
    port.link(f"down address {before}")
    port.configure()
    port.deliver([new, old], [old])


@pytest.mark.parametrize("bad", [JOINED, BROADCAST, "00:00:00:00:00:00"])
def test_an_impossible_address_is_refused_and_nothing_changes(port, bad):
    before = port.mac
    with pytest.raises(CommandFailed):
        port.link(f"address {bad}")
    assert port.mac == before
    port.ping()
