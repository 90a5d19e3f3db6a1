# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Rings, channels, MTU and offloads change while connections go on; what is refused changes nothing."""

import re

import pytest

from .streams import Streams

pytestmark = [pytest.mark.shares("one NIC"), pytest.mark.ours_only, pytest.mark.slow]


class Kept:
    """What a change of something else leaves alone, and counters that never fall."""

    def __init__(self, port):
        self.port = port
        port.vm.run(f"lab-rxfh {port.name} key {bytes(range(40)).hex()} table 1,0,0,1,1")
        self.rss = port.ethtool("-x")
        self.carrier = self.carrier_changes()
        self.counters = port.counters()
        self.link = self.link_counters()

    def carrier_changes(self):
        return self.port.vm.run(f"cat /sys/class/net/{self.port.name}/carrier_changes")

    def link_counters(self):
        at = f"/sys/class/net/{self.port.name}/statistics"
        return {name: int(value) for name, value in
                (line.split(":") for line in self.port.vm.run(f"cd {at}; grep . *").splitlines())}

    def check(self, rss=True):
        if rss:
            assert self.port.ethtool("-x") == self.rss
        assert self.carrier_changes() == self.carrier
        now, link = self.port.counters(), self.link_counters()
        # Those of a queue begin anew with the queue.
        totals = [name for name in now if re.match(r"(dev_)?[rt]x_|reset_|event_", name)]
        assert len(totals) > 50
        fallen = {n: (self.counters[n], now[n]) for n in totals if now[n] < self.counters[n]}
        fallen |= {n: (self.link[n], link[n]) for n in link if link[n] < self.link[n]}
        assert not fallen
        # Nothing that is dropped is dropped for an error.
        errors = {n: v - self.counters[n] for n, v in now.items() if v != self.counters.get(n)
                  and re.match(r"[rt]x_(bad|drop)|reset_|tx_timeouts", n)}  # fmt: skip
        assert not errors
        self.counters, self.link = now, link


@pytest.fixture
def room(port, roomy):
    """The host sends on while buffers change."""
    before = re.search(r"RX Jumbo:\s+(\d+)", port.ethtool("-g").split("Current")[1])[1]
    port.ethtool("-G", f"rx-jumbo {roomy}")
    yield
    port.ethtool("-G", f"rx-jumbo {before}")


def under_traffic(port, changes, rss=True):
    """Runs commands one by one while streams flow in both directions."""
    kept = Kept(port)
    with Streams(port) as streams:
        for change in changes:
            port.vm.run(change)
            streams.flow()
            kept.check(rss)


def test_rings_change_under_traffic(port):
    sizes = ("tx 64 rx 32 rx-jumbo 32", "tx 4096 rx 4096 rx-jumbo 4096", "rx 96", "tx 512 rx 1024",
             "tx 1024 rx 2048 rx-jumbo 512")  # fmt: skip
    # The smallest ring 2 does not take merged frames as fast as the host sends them.
    port.ethtool("-K", "lro off")
    try:
        under_traffic(port, [f"ethtool -G {port.name} {size}" for size in sizes])
    finally:
        port.ethtool("-K", "lro on")


def test_channels_change_under_traffic(port, room):
    """A table that names a queue would keep it from going; the key is kept in any case."""
    kept = Kept(port)
    key = kept.rss.split("RSS hash key:")[1]
    refused = port.ethtool("-L", "combined 1", check=False)
    assert refused.rc
    port.vm.run(f"lab-rxfh {port.name} table 0")
    with Streams(port) as streams:
        for count in 1, 2, 1, 2:
            port.ethtool("-L", f"combined {count}")
            streams.flow()
            kept.check(rss=False)
            assert port.ethtool("-x").split("RSS hash key:")[1] == key


def test_mtu_changes_under_traffic(port, room):
    port.tap.set_mtu(9000)
    try:
        under_traffic(port, [f"ip link set {port.name} mtu {mtu}"
                             for mtu in (9000, 1280, 4000, 1500, 2000, 1500)])  # fmt: skip
    finally:
        port.tap.set_mtu(1500)


FEATURES = ("rx-checksum", "tx-checksum-ip-generic", "tx-tcp-segmentation", "tx-tcp6-segmentation",
            "tx-scatter-gather", "rx-gro", "rx-lro", "rx-vlan-hw-parse", "tx-vlan-hw-insert",
            "rx-vlan-filter", "rx-hashing")  # fmt: skip


def test_offloads_change_under_traffic(port, room):
    before = port.offloads()
    under_traffic(port, [f"ethtool -K {port.name} {name} {state}" for name in FEATURES
                         for state in ("off", "on")])  # fmt: skip
    assert port.offloads() == before


# What is refused

REFUSED = [
    ("ethtool -G {} rx 0", "rx ring of 0 is not in the range 32 to 4096"),
    ("ethtool -G {} rx 31", "rx ring of 31 is not in the range 32 to 4096"),
    ("ethtool -G {} rx 4097", "exceeds"),
    ("ethtool -G {} rx 4294967295", "exceeds"),
    ("ethtool -G {} tx 63", "tx ring of 63 is not in the range 64 to 4096"),
    ("ethtool -G {} rx-jumbo 1", "rx-jumbo ring of 1 is not in the range 32 to 4096"),
    ("ethtool -G {} rx-mini 64", ""),
    ("ethtool -L {} combined 3", ""),
    ("ethtool -L {} combined 0", "at least one|would result in no"),
    ("ethtool -L {} combined 4294967295", ""),
    ("ethtool -L {} rx 2", ""),
    ("ethtool -L {} other 0", "the event channel cannot be removed"),
    ("ip link set {} mtu 59", "min|less than|Invalid"),
    ("ip link set {} mtu 9001", "max|greater than|Invalid"),
    ("ip link set {} mtu 65536", ""),
    ("lab-rxfh {} table 0,2", ""),
    ("lab-rxfh {} table 255", ""),
    ("lab-rxfh {} hash 2", "always Toeplitz|not supported"),
    ("lab-rxfh {} key 0011", ""),
    ("ethtool -N {} rx-flow-hash udp4 sdfn", "hash fields|not supported"),
    ("ethtool -s {} wol g", ""),
    ("ethtool -C {} rx-usecs 10", ""),
    ("ethtool --set-tunable {} rx-copybreak 100000", "most is 1024"),
    ("ip link set {} address 01:00:5e:00:00:01", ""),
    ("ip link set {} address 00:00:00:00:00:00", ""),
]


@pytest.mark.parametrize("command, why", REFUSED, ids=[line[0].replace("{} ", "") for line in REFUSED])
def test_what_cannot_be_is_refused_and_changes_nothing(port, command, why):
    """The reason is in the answer, or in the log where the interface of the kernel has no room."""
    show = "for i in -g -l -x -k -c -i; do ethtool $i {0}; done; ip link show {0}".format(port.name)
    before, mark = port.vm.run(show, check=False), port.vm.mark()
    port.vm.run(f"echo {mark} >/dev/kmsg")
    answer = port.vm.run(command.format(port.name), check=False)
    port.vm.run("echo refused >/dev/kmsg")
    port.vm.wait_console("refused\n", since=mark)
    assert answer.rc
    assert re.search(why, answer + port.vm.console[mark:])
    assert port.vm.run(show, check=False) == before
    port.ping()


@pytest.mark.brief
def test_ring_sizes_are_rounded_up_and_that_is_said(port):
    mark = port.vm.mark()
    answer = port.ethtool("-G", "rx 1000 tx 100")
    port.vm.run("echo rounded >/dev/kmsg")
    port.vm.wait_console("rounded\n", since=mark)
    assert "rounded up" in answer + port.vm.console[mark:]
    assert re.search(r"RX:\s+1024\n(.*\n)+TX:\s+128\n", port.ethtool("-g").split("Current")[1])
    port.ping()
    port.ethtool("-G", "rx 2048 tx 1024")


@pytest.mark.brief
def test_everything_changes_while_the_interface_is_down_and_holds_when_it_is_up(port):
    port.link("down")
    port.ethtool("-G", "tx 256 rx 256 rx-jumbo 64")
    port.vm.run(f"lab-rxfh {port.name} table 0")
    port.ethtool("-L", "combined 1")
    port.link("mtu 3000")
    port.ethtool("-K", "lro off")
    port.configure()
    port.tap.set_mtu(3000)
    try:
        assert re.search(r"RX:\s+256\n.*\nRX Jumbo:\s+64\nTX:\s+256", port.ethtool("-g").split(
            "Current")[1])  # fmt: skip
        assert re.search(r"Combined:\s+1", port.ethtool("-l").split("Current")[1])
        assert not port.offloads()["large-receive-offload"]
        port.ping(payload=2900)
        assert port.counters()["tx0_packets"] >= 1
    finally:
        port.link("down")
        port.ethtool("-G", "tx 1024 rx 2048 rx-jumbo 512")
        port.ethtool("-L", "combined 2")
        port.ethtool("-K", "lro on")
        port.link("mtu 1500")
        port.tap.set_mtu(1500)
        port.configure()
    port.ping()
