# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Two guests on one bridge: the driver at both ends, no stack of the host between them."""

import pytest

from lab import net, traffic

from . import packets

pytestmark = pytest.mark.slow

ADDRESS = {"a": "192.0.2.10", "b": "192.0.2.11"}
IN_VLAN = {"a": "198.51.100.10", "b": "198.51.100.11"}
TAPS = ("pair0", "pair1")  # of the fixture pair_config


@pytest.fixture(scope="module")
def vm_setup(vm_modules):
    def load_and_configure(vm):
        vm.run("\n".join(f"modprobe {name}" for name in vm_modules))
        vm.run(f"ip address add {ADDRESS[vm.name]}/24 dev eth0 && ip link set eth0 up")

    return load_and_configure


@pytest.fixture
def pair(pair):
    """Both, with their links up."""
    meet(pair)
    return pair


def meet(pair):
    """Asks until the other one has answered for the first time."""
    patience = 20 * round(pair[0].slowness)
    pair[0].run(f"ping -c 1 -i 0.2 -w {patience} {ADDRESS[pair[1].name]}", timeout=30)


def sent(vm, name):
    """A counter of the interface."""
    return int(vm.run(f"cat /sys/class/net/eth0/statistics/{name}"))


def streams(pair, total, address=ADDRESS):
    """The same number of bytes each way at once, checked where they arrive."""
    ways = [(pair[0], pair[1]), (pair[1], pair[0])]
    sinks = [traffic.guest(to, "nettool", "tcp-recv", address[to.name], 5000) for _, to in ways]
    # Each write is more than a segment, so that TCP has large packets to make of it at once.
    sources = [traffic.guest(vm, "nettool", "-s", 32768, "tcp-send", address[to.name], 5000, total)
               for vm, to in ways]  # fmt: skip
    for source in sources:
        source.result()
    for sink in sinks:
        seen = sink.result()
        assert (seen["bytes"], seen["wrong_at"]) == (str(total), "-1")


def messages(pair, size, count):
    """Requests of that many bytes, each answered with the same bytes."""
    client, server = pair
    address = ADDRESS[server.name]
    echo = traffic.guest(server, "nettool", "-s", size, "udp-echo", address, 5001, count)
    traffic.guest(client, "nettool", "-s", size, "udp-rr", address, 5001, count).result()
    echo.result()


@pytest.mark.brief
def test_large_packets_pass_whole_from_guest_to_guest(pair):
    """Neither cut nor checksummed on their way, as between guests of one host."""
    total = 2 << 20
    with net.Capture(TAPS[0]) as capture:
        streams(pair, total)
    for outgoing in False, True:
        sent = [f for f in capture.frames if f.outgoing == outgoing and packets.is_tcp(f)]
        packets.assert_requests(sent)
        # How many of them TCP makes is its own choice.
        assert any(frame.gso for frame in sent)


def test_plain_packets_pass_from_guest_to_guest(pair):
    off, on = ("for o in tso gso gro lro tx rx; do ethtool -K eth0 $o %s; done 2>/dev/null; true" % state
               for state in ("off", "on"))  # fmt: skip
    total = 1 << 20
    try:
        for vm in pair:
            vm.run(off)
        before = [sent(vm, "tx_packets") for vm in pair]
        streams(pair, total)
        for vm, earlier in zip(pair, before, strict=True):
            assert sent(vm, "tx_packets") - earlier > total / 1448
    finally:
        for vm in pair:
            vm.run(on)


@pytest.mark.parametrize("off", ["", "txvlan", "txvlan off tso", "rxvlan"])
def test_streams_pass_in_a_vlan(pair, off):
    """Without txvlan the device segments packets that carry their tag themselves."""
    for vm in pair:
        vm.run("set -e; ip link add link eth0 name vlan5 type vlan id 5\n"
               f"ip address add {IN_VLAN[vm.name]}/24 dev vlan5; ip link set vlan5 up\n"
               + (f"ethtool -K eth0 {off} off" if off else ""))  # fmt: skip
    try:
        with net.Capture(TAPS[0]) as capture:
            streams(pair, 1 << 20, IN_VLAN)
    finally:
        for vm in pair:
            vm.run("ip link delete vlan5; ethtool -K eth0 txvlan on rxvlan on tso on")
    sent = [frame for frame in capture.frames if not frame.outgoing and packets.is_tcp(frame)]
    packets.assert_requests(sent)
    assert {packets.tag(frame.data) for frame in sent} == {b"\x81\x00\x00\x05"}
    assert any(frame.gso for frame in sent) == ("tso" not in off)


@pytest.mark.parametrize("mtu, size", [(1500, 8), (1500, 1472), (9000, 8972)])
def test_messages_are_answered(pair, mtu, size):
    for tap in TAPS:
        net.ip("link", "set", tap, "mtu", str(mtu))
    try:
        for vm in pair:
            vm.run(f"ip link set eth0 mtu {mtu}")
        messages(pair, size, 50)
    finally:
        for vm in pair:
            vm.run("ip link set eth0 mtu 1500")
        for tap in TAPS:
            net.ip("link", "set", tap, "mtu", "1500")


def test_a_neighbour_that_was_reset_is_found_again(pair, vm_setup):
    messages(pair, 100, 5)
    pair[1].reset()
    vm_setup(pair[1])
    meet(pair)
    messages(pair, 100, 5)
