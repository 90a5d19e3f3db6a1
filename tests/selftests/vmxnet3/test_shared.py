# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What the device is told is what was configured: the shared memory is read from outside.

This shows settings of which QEMU's device makes no use, such as the hash. What settings do to
traffic is in the files of their subjects.
"""

import re

import pytest

from . import shared_area as area_of
from .shared_area import SharedArea

pytestmark = [pytest.mark.shares("one NIC"), pytest.mark.slow]


@pytest.fixture(scope="module")
def areas():
    """One for each boot, since the search takes a while."""
    return {}


@pytest.fixture
def area(port, device, qtest, areas):
    if port.vm.boots not in areas:
        areas[port.vm.boots] = SharedArea(port, qtest)
    return areas[port.vm.boots]


def shown(port, option):
    """The current settings that ethtool shows below the maxima."""
    text = port.ethtool(option).split("Current hardware settings:")[1]
    return {name: int(value) for name, value in re.findall(r"^(.*):\s+(\d+)$", text, re.MULTILINE)}


def assert_told(port, area):
    """Queues and rings are those that ethtool shows, and well formed."""
    channels, rings = shown(port, "-l"), shown(port, "-g")
    assert area.queue_counts == (channels["Combined"], channels["Combined"])
    tx, rx = area.queues()
    vectors = area.u8(0x51)
    for queue in tx:
        assert queue.sizes == (rings["TX"],) * 3
    for queue in rx:
        ring1, ring2, completions = queue.sizes
        assert (ring1, ring2) == (rings["RX"], rings["RX Jumbo"])
        assert completions >= ring1 + ring2
    for queue in (*tx, *rx):
        assert all(size % 32 == 0 for size in queue.sizes)
        assert all(address and address % 512 == 0 for address in queue.rings)
        assert queue.vector < vectors
    assert area.u8(0x52) < vectors
    assert area.u32(0x38) == int(port.vm.run(f"cat /sys/class/net/{port.name}/mtu"))


@pytest.mark.ours_only
@pytest.mark.brief
def test_the_device_is_told_of_queues_rings_and_mtu(port, area):
    assert_told(port, area)
    before = shown(port, "-g")
    port.ethtool("-G", "tx 256 rx 512 rx-jumbo 128")
    port.ethtool("-L", "combined 1")
    with port.mtu(4000):
        assert_told(port, area)
        assert area.queue_counts == (1, 1)
    port.ethtool("-L", "combined 2")
    port.ethtool("-G", f"tx {before['TX']} rx {before['RX']} rx-jumbo {before['RX Jumbo']}")
    assert_told(port, area)


@pytest.mark.ours_only
def test_the_device_learns_nothing_that_it_has_no_use_for(area):
    """No private memory of the driver is shown to it, and what is reserved is zero."""
    assert (area.u64(0x20), area.u32(0x30)) == (0, 0)
    for offset, size in ((0x04, 4), (0x40, 16), (0x70, 8), (0x2A8, 16), (0x2BC, 100)):
        assert area.bytes(offset, size) == bytes(size), hex(offset)


@pytest.mark.ours_only
def test_a_frame_may_use_several_buffers_without_lro_as_well(port, area):
    with port.offload("lro off"):
        assert area.u16(0x3C) >= 3


def test_interrupts_are_on_and_masked_by_the_device(area):
    assert (area.u8(0x50), area.u32(0x6C)) == (1, 0)


@pytest.mark.parametrize(("name", "bit"), [("rx", area_of.RXCSUM), ("rxvlan", area_of.RXVLAN),
                                           ("lro", area_of.LRO)])  # fmt: skip
def test_the_device_is_told_of_each_feature_at_once(port, area, name, bit):
    for word in ("on", "off", "on"):
        with port.offload(f"{name} {word}"):
            assert area.features & bit == (bit if word == "on" else 0)


def test_the_device_is_told_of_each_receive_mode(port, area):
    usual = area_of.UCAST | area_of.BCAST | area_of.MCAST
    assert area.rx_mode == usual
    with port.flag("promisc"):
        assert area.rx_mode & ~area_of.MCAST == area_of.PROMISC | area_of.UCAST | area_of.BCAST
    with port.flag("allmulticast"):
        assert area.rx_mode & ~area_of.MCAST == area_of.ALLMULTI | area_of.UCAST | area_of.BCAST
    assert area.rx_mode == usual


@pytest.mark.ours_only
def test_the_device_is_told_of_each_group(port, area):
    def joined():
        lines = port.vm.run("cat /proc/net/dev_mcast").splitlines()
        of_port = [line.split()[-1] for line in lines if line.split()[1] == port.name]
        return sorted(bytes.fromhex(text).hex(":") for text in of_port)

    assert sorted(area.groups) == joined()
    port.vm.run(f"ip maddress add 01:00:5e:01:02:03 dev {port.name}")
    assert sorted(area.groups) == joined()
    assert "01:00:5e:01:02:03" in area.groups
    port.vm.run(f"ip maddress delete 01:00:5e:01:02:03 dev {port.name}")
    assert sorted(area.groups) == joined()


@pytest.mark.brief
def test_the_device_is_told_of_each_vlan(port, area):
    with port.vlan(5):
        port.vm.run(f"ip link add link {port.name} name edge type vlan id 4094")
        assert area.vlans == {0, 5, 4094}
        port.vm.run("ip link delete edge")
        assert area.vlans == {0, 5}
    assert area.vlans == {0}


@pytest.mark.ours_only
def test_without_the_filter_the_device_is_told_of_every_vlan(port, area):
    with port.offload("rx-vlan-filter off"):
        assert area.vlans == set(range(4096))
    with port.flag("promisc"):
        assert area.vlans == set(range(4096))
    assert 77 not in area.vlans


# The hash


def rss_shown(port):
    """Key and table that ethtool shows; drivers may have no key to show."""
    text = port.ethtool("-x")
    rows = re.findall(r"^\s+\d+:((?:\s+\d+)+)$", text, re.MULTILINE)
    key = re.search(r"^([0-9a-f]{2}(?::[0-9a-f]{2})+)$", text, re.MULTILINE)
    table = [int(entry) for row in rows for entry in row.split()]
    return bytes.fromhex(key.group().replace(":", "")) if key else None, table


def assert_hash_told(port, area):
    key, table = rss_shown(port)
    told = area.rss()
    assert told and area.features & area_of.RSS
    assert (told.function, told.types) == (1, 0xF)  # Toeplitz; IPv4 and IPv6, with TCP and without
    assert told.table == table and len(table) == 128
    assert len(told.key) == 40 and any(told.key)
    assert key in (None, told.key)
    return told


@pytest.mark.brief
def test_the_device_is_told_the_hash_that_ethtool_shows(port, area):
    told = assert_hash_told(port, area)
    assert set(told.table) == {0, 1}


def restarts(port):
    """Everything that starts the device anew; yields after each."""
    with port.mtu(2000):
        yield
    port.link("down")
    port.configure()
    yield
    port.ethtool("-G", "rx 1024")
    yield
    port.ethtool("-G", "rx 2048")
    address = port.vm.run(f"basename $(readlink /sys/class/net/{port.name}/device)").strip()
    port.vm.run(f"devlink health recover pci/{address} reporter tx")
    yield


@pytest.mark.ours_only
def test_key_and_table_stay_as_set_whatever_restarts_the_device(port, area):
    key = bytes(range(40, 80))
    port.vm.run(f"lab-rxfh {port.name} key {key.hex()} table 1,1,0,1")
    for _ in restarts(port):
        told = assert_hash_told(port, area)
        assert told.key == key
        assert told.table == [1, 1, 0, 1] * 32


def test_a_new_table_reaches_the_device_without_a_restart(port, area):
    port.vm.run(f"lab-rxfh {port.name} table 0,0,1,1")
    assert assert_hash_told(port, area).table == [0, 0, 1, 1] * 32


def test_a_table_with_a_queue_that_is_not_there_is_refused(port, area):
    before = area.rss().table
    assert port.vm.run(f"lab-rxfh {port.name} table 0,2", check=False).rc
    assert area.rss().table == before == rss_shown(port)[1]


@pytest.mark.ours_only
def test_a_single_queue_needs_no_hash(port, area):
    key = area.rss().key
    port.vm.run(f"lab-rxfh {port.name} table 0")  # else the table keeps the queue
    port.ethtool("-L", "combined 1")
    assert area.rss() is None and not area.features & area_of.RSS
    port.ethtool("-L", "combined 2")
    assert assert_hash_told(port, area).key == key
