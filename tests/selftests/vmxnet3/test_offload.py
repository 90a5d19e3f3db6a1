# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What the driver leaves to the device: checksums, segments, scattered packets.

Each test runs on a tap that takes offloads up, where a capture shows what was asked for, and on
one that does not, where it shows what a plain wire carries: the device has then done the work.
The receiver's guest tells good sums from bad ones. VLAN tags are in test_vlan.py, merged frames in
test_lro.py.
"""

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, PadN
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from lab.capture import GSO_TCPV4, GSO_TCPV6, NEEDS_CSUM

from . import packets, transfers
from .packets import MSS4, MSS6, PORTS
from .port import make_tap

pytestmark = [pytest.mark.shares("two NICs"), pytest.mark.slow]

UDP_LITE = 136


@pytest.fixture(scope="module")
def taps(enter):
    """One that offloads, and a plain one."""
    return [enter(make_tap(0)), enter(make_tap(1, vnet_hdr=False))]


@pytest.fixture(params=["offloading", "plain"])
def wire(request, ports):
    """Each of the ports."""
    return ports[request.param == "plain"]


def assert_fits(port, frames):
    """Frames are what their wire may carry."""
    check = packets.assert_requests if port.tap.vnet_hdr else packets.assert_plain
    check(frames)


# Sending


@pytest.mark.parametrize("off", ["", "tso", "tx-tcp6-segmentation", "gso", "sg", "tx"])
def test_streams_are_sent_right_without(wire, off):
    with wire.offload(f"{off} off" if off else ""), wire.tap.capture() as capture:
        transfers.run_mix(wire, to_guest=False)
        offers = wire.offloads()
    sent = list(transfers.from_guest(capture.frames))
    assert_fits(wire, sent)
    if not wire.tap.vnet_hdr:
        return
    merged = {frame.ethertype: frame.gso_size for frame in sent if frame.gso}
    # The core does not segment by the device what it does not let it sum or scatter.
    expected = {0x0800: (MSS4, "tx-tcp-segmentation"), 0x86DD: (MSS6, "tx-tcp6-segmentation")}
    assert merged == {kind: mss for kind, (mss, name) in expected.items() if offers[name]}
    assert any(frame.needs_csum for frame in sent) == offers["tx-checksum-ip-generic"]


def tcp_from_guest(port, length, mss, ipv6=False, **how):
    ips = (port.guest6, port.host6) if ipv6 else (port.guest4, port.host4)
    return packets.tcp((port.mac, port.tap.mac), ips, length, mss, **how)


@pytest.mark.parametrize(("ipv6", "length"), [(False, 1449), (False, 60000), (True, 2 * MSS6),
                                              (True, 20000)])  # fmt: skip
def test_a_large_packet_is_cut_into_right_segments(wire, ipv6, length):
    mss = MSS6 if ipv6 else MSS4
    # QEMU loses what belongs to the last segment alone when it cuts by itself.
    flags = "PAF" if wire.tap.vnet_hdr else "A"
    frame, vnet = tcp_from_guest(wire, length, mss, ipv6, flags=flags)
    sent = wire.request(frame, vnet)
    assert_fits(wire, sent)
    if wire.tap.vnet_hdr:
        (request,) = sent
        assert request.gso_type == (GSO_TCPV6 if ipv6 else GSO_TCPV4)
        assert request.gso_size == mss
    packets.assert_segments(sent, frame, None if wire.tap.vnet_hdr else mss)


@pytest.mark.ours_only
@pytest.mark.brief
def test_the_counters_tell_what_was_left_to_the_device(port):
    before = port.counters()
    frame, vnet = tcp_from_guest(port, 20000, MSS4)
    port.request(frame, vnet)
    grown = port.counted(before)
    names = ("tx_tso_packets", "tx_tso_bytes", "tx_tso_segs", "dev_tx_tso_pkts")
    assert [grown[name] for name in names] == [1, len(frame), 14, 1]
    assert grown["tx_csum"] == 0

    before = port.counters()
    transfers.run(port, "udp", 50, to_guest=False, size=1000)
    grown = port.counted(before)
    assert (grown["tx_tso_packets"], grown["tx_csum"]) == (0, 50)


@pytest.mark.ours_only
@pytest.mark.parametrize("options", [8, 1024])
def test_headers_that_the_device_may_not_know_are_left_to_the_core(wire, options):
    """IPv6 extensions hide what follows, and the field for their length ends at 1023 bytes."""
    frame, vnet = tcp_from_guest(wire, 8000, 400, ipv6=True, options=options)
    sent = wire.request(frame, vnet)
    packets.assert_plain(sent)
    packets.assert_segments(sent, frame, 400)


@pytest.mark.ours_only
def test_a_checksum_far_from_the_start_is_right(wire):
    ip = IPv6(src=wire.guest6, dst=wire.host6)
    for _ in range(4):
        ip /= IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(252))])
    data = Raw(packets.counted(100))
    packet = Ether(src=wire.mac, dst=wire.tap.mac) / ip / UDP(sport=7, dport=9) / data
    frame, vnet = packets.request(bytes(packet), 0)
    assert vnet[4] > 1023
    packets.assert_plain(sent := wire.request(frame, vnet))
    assert len(sent) == 1


@pytest.mark.ours_only
def test_a_checksum_of_another_protocol_is_right(wire):
    """Devices differ about those, so that the driver must not ask."""
    head = Ether(src=wire.mac, dst=wire.tap.mac) / IP(
        src=wire.guest4, dst=wire.host4, proto=UDP_LITE)  # fmt: skip
    body = PORTS + bytes(4) + packets.noise(200, 4)
    held = packets.pseudo_sum(Ether(bytes(head / Raw(body))), UDP_LITE, len(body))
    frame = bytes(head / Raw(body[:6] + held.to_bytes(2, "big") + body[8:]))
    (sent,) = wire.request(frame, (NEEDS_CSUM, 0, 0, 0, 34, 6))
    assert not sent.needs_csum
    assert sent.data[:40] + sent.data[42:] == frame[:40] + frame[42:]
    assert packets.transport_sum(Ether(sent.data), UDP_LITE, sent.data[34:]) == 0


@pytest.mark.brief
def test_a_packet_of_too_many_fragments_is_sent_right(wire):
    """Pieces of 64 bytes that the kernel cannot join; 17 of them are more than a frame may have."""
    before = wire.counters()
    with wire.offload("tso off"), wire.tap.capture() as capture:
        transfers.run(wire, "tcp", 200_000, to_guest=False, size=64, options=("-p",))
    assert_fits(wire, transfers.from_guest(capture.frames))
    grown = wire.counted(before)
    linearized = grown.get("tx_linearized", grown.get("pkts linearized"))
    assert linearized


@pytest.mark.parametrize("how", [("-f", "-s", 65000), ("-p", "-s", 3000), ("-n", "-s", 1)],
                         ids=["sendfile", "splice", "single_bytes"])  # fmt: skip
def test_a_stream_is_sent_right_by(wire, how):
    total = 2000 if "-n" in how else 1 << 20
    with wire.tap.capture() as capture:
        transfers.run(wire, "tcp", total, to_guest=False, options=how)
    sent = list(transfers.from_guest(capture.frames))
    assert_fits(wire, sent)
    if "-f" in how and wire.tap.vnet_hdr:
        assert any(frame.gso for frame in sent)


# Receiving


@pytest.mark.parametrize("off", ["", "rx", "gro", "lro"])
def test_streams_are_received_right_without(wire, off):
    with wire.offload(f"{off} off" if off else ""):
        before = wire.counters()
        transfers.run_mix(wire, to_guest=True)
        grown = wire.counted(before)
    if "rx_csum_unnecessary" in grown:
        # Only a peer that sends requests gives the device a verdict.
        vouched = off != "rx" and wire.tap.vnet_hdr
        assert (grown["rx_csum_unnecessary"] > 0) == vouched, grown


@pytest.mark.parametrize("off", ["", "rx"])
def test_a_datagram_with_a_wrong_checksum_is_not_believed(wire, off):
    """Nobody vouches for it, so the guest's kernel looks for itself."""
    ip = IP(src=wire.host4, dst=wire.guest4)
    good = bytes(Ether(src=wire.tap.mac, dst=wire.mac) / ip / UDP(dport=9) / Raw(b"right"))
    bad = bytes(Ether(src=wire.tap.mac, dst=wire.mac) / ip / UDP(dport=9, chksum=1) / Raw(b"wrong"))
    errors = "awk '/^Udp: [0-9]/ { print $8 }' /proc/net/snmp"
    arrived = "awk '/^Udp: [0-9]/ { print $3 }' /proc/net/snmp"  # at a port where nobody listens
    with wire.offload(f"{off} off" if off else ""):
        before = int(wire.vm.run(errors)), int(wire.vm.run(arrived))
        wire.tap.send(bad)
        wire.tap.send(good)
        wire.ping()
        after = int(wire.vm.run(errors)), int(wire.vm.run(arrived))
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)
