# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Two guests on one bridge: the driver at both ends, no stack of the host between them."""

import pytest

from lab import net, traffic

ADDRESS = {"a": "192.0.2.10", "b": "192.0.2.11"}
TAPS = ("pair0", "pair1")  # of the fixture pair_config


@pytest.fixture(scope="module")
def vm_setup(vm_modules):
    def load_and_configure(vm):
        vm.run("\n".join(f"modprobe {name}" for name in vm_modules))
        vm.run(f"set -e; ip link set eth0 up; ip address add {ADDRESS[vm.name]}/24 dev eth0\n"
               "until grep -q up /sys/class/net/eth0/operstate; do usleep 10000; done")

    return load_and_configure


def sent(vm, name):
    """A counter of the interface."""
    return int(vm.run(f"cat /sys/class/net/eth0/statistics/{name}"))


def streams(pair, total):
    """The same number of bytes each way at once, checked where they arrive."""
    ways = [(pair[0], pair[1]), (pair[1], pair[0])]
    sinks = [traffic.guest(to, "nettool", "tcp-recv", ADDRESS[to.name], 5000) for _, to in ways]
    sources = [traffic.guest(vm, "nettool", "tcp-send", ADDRESS[to.name], 5000, total)
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


def test_large_packets_pass_whole_from_guest_to_guest(pair):
    """Neither cut nor checksummed on their way, as between guests of one host."""
    total = 4 << 20
    before = [sent(vm, "tx_packets") for vm in pair]
    streams(pair, total)
    for vm, earlier in zip(pair, before, strict=True):
        assert sent(vm, "tx_packets") - earlier < 2 * total / 1448 / 2


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


@pytest.mark.parametrize("mtu, size", [(1500, 1), (1500, 1472), (9000, 8972)])
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
    messages(pair, 100, 5)
