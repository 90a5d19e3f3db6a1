# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Exits per packet: how often the driver rings and is rung for what it carries.

Bounds that hold on any machine; what it costs against other drivers is the business of the
benchmark.
"""

import pytest

from lab import traffic

from .streams import Streams

pytestmark = [pytest.mark.shares("one NIC"), pytest.mark.ours_only]


def fired(port, kind):
    """Interrupts of the vectors of that name."""
    return int(port.vm.run(f"awk '/{port.name}-{kind}/ {{ for (i = 2; i < 4; i++) n += $i }} "
                           "END { print n + 0 }' /proc/interrupts"))  # fmt: skip


def pktgen(port, **settings):
    """The kernel's packet generator on the first CPU."""
    settings = {"count": 4000, "clone_skb": 0, "delay": 0, "pkt_size": 60, "dst": port.host4,
                "dst_mac": port.tap.mac, **settings}  # fmt: skip
    at = "/proc/net/pktgen"
    lines = [f"echo '{name} {value}' >{at}/{port.name}" for name, value in settings.items()]
    port.vm.run("modprobe pktgen; set -e\n"
                f"echo rem_device_all >{at}/kpktgend_0; echo add_device {port.name} >{at}/kpktgend_0\n"
                + "\n".join(lines) + f"\necho start >{at}/pgctrl\n"
                f"grep -q '^Result: OK' {at}/{port.name}", timeout=120)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("burst, most", [(1, 1.0), (8, 0.15), (32, 1 / 16)])
@pytest.mark.parametrize("size", [60, 1400])
def test_a_burst_costs_one_doorbell(port, burst, most, size):
    before, interrupts = port.counters(), fired(port, "tx")
    with port.tap.capture() as capture:
        pktgen(port, burst=burst, pkt_size=size)
        sent = port.counted(before)
    frames = [f for f in capture.frames if not f.outgoing and len(f.data) == size]
    assert len(frames) == 4000
    assert sent["tx_packets"] >= 4000
    assert sent["tx_doorbells"] / sent["tx_packets"] <= most + 0.01
    assert fired(port, "tx") - interrupts <= 4
    assert sent["tx_data_ring"] >= 4000 * (size == 60)


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_interrupts_for_sent_packets_stay_away_under_traffic(port, kind):
    before, interrupts = port.counters(), fired(port, "tx")
    if kind == "udp":
        sink = traffic.host("nettool", "udp-recv", port.host4, 5010, 2000)
        traffic.guest(port.vm, "nettool", "udp-send", port.host4, 5010, 2000).result()
        sink.result()
    else:
        with Streams(port) as streams:
            streams.flow(8 << 20)
    grown = port.counted(before)
    # With this model every packet is done when its doorbell was rung.
    assert fired(port, "tx") - interrupts <= grown["tx_packets"] / 100 + 2
    assert grown["tx_unmasks"] <= grown["tx_packets"] / 100 + 2
    assert grown["tx_doorbells"] <= grown["tx_packets"]


def test_a_request_and_its_answer_cost_two_exits_and_an_interrupt(port):
    before, interrupts = port.counters(), fired(port, "rx")
    echo = traffic.host("nettool", "udp-echo", port.host4, 5011, 1000)
    traffic.guest(port.vm, "nettool", "-s", 64, "udp-rr", port.host4, 5011, 1000).result()
    echo.result()
    grown = port.counted(before)
    assert grown["rx_unmasks"] + grown["tx_doorbells"] + grown["tx_unmasks"] <= 2.05 * 1000 + 20
    assert fired(port, "rx") - interrupts <= 1.1 * 1000


def test_a_sent_buffer_is_given_back_at_once(port):
    """To a socket that may have one message on its way, and without an interrupt."""
    sink = traffic.host("nettool", "-s", 1000, "udp-recv", port.host4, 5013, 500)
    before, interrupts = port.counters(), fired(port, "tx")
    freed = traffic.guest(port.vm, "nettool", "-s", 1000, "-b", 1, "udp-free", port.host4, 5013,
                          500).result()  # fmt: skip
    sink.result()
    grown = port.counted(before)
    assert freed["messages"] == "500"
    # All but one that waits for the host's address, or for a packet of the guest's own.
    assert int(freed["at_once"]) >= 490
    assert fired(port, "tx") == interrupts
    assert grown["tx_unmasks"] == 0
    assert grown["tx_doorbells"] <= grown["tx_packets"]


def test_receiving_costs_at_most_an_unmasking_a_frame(port):
    before = port.counters()
    # The host is faster than the guest: no more at once than its queue and the socket hold.
    for _ in range(10):
        sink = traffic.guest(port.vm, "nettool", "udp-recv", port.guest4, 5012, 200)
        traffic.host("nettool", "udp-send", port.guest4, 5012, 200).result()
        sink.result()
    grown = port.counted(before)
    assert grown["rx_packets"] >= 2000
    assert grown["rx_unmasks"] <= grown["rx_packets"]
    assert grown["rx_doorbells"] == 0
