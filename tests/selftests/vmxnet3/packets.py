# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Packets to send, and the checks of those that came: addresses, lengths, checksums, segments.

Everything that is known about protocols comes from scapy, so that no code of ours or of the
guest's kernel vouches for itself.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from scapy.layers.inet import ICMP, IP, TCP, UDP, in4_chksum
from scapy.layers.inet6 import (
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    PadN,
    in6_chksum,
)
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Packet, Raw
from scapy.utils import checksum

from lab.capture import GSO_NONE, GSO_TCPV4, GSO_TCPV6, NEEDS_CSUM, Frame

TEST_TYPE = 0x88B5  # the first of those for experiments
PORTS = b"\x00\x07\x00\x09"  # of all TCP and UDP packets that are made here
# What TCP puts into a full segment of 1500 bytes, with its timestamps.
MSS4, MSS6 = 1448, 1428
ETH, TAG = 14, 4
IP4, IP6, ICMP_HEAD = 20, 40, 8


def noise(length: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(length)


def raw(dst: str, src: str, length: int, seed: int = 1, vlan: int | None = None,
        ethertype: int = TEST_TYPE) -> bytes:  # fmt: skip
    """A frame of that length without its tag; `vlan` is the whole TCI."""
    ether = Ether(dst=dst, src=src, type=ethertype)
    if vlan is not None:
        ether = Ether(dst=dst, src=src) / Dot1Q(prio=vlan >> 13, id=vlan >> 12 & 1,
                                                vlan=vlan & 0xFFF, type=ethertype)  # fmt: skip
    return bytes(ether / Raw(noise(length - ETH, seed)))


def counted(length: int) -> bytes:
    """What lab-frames appends by itself: each four bytes count one up."""
    return b"".join(n.to_bytes(4, "big") for n in range(length // 4 + 1))[:length]


# Echoes. The number ties an answer to its request.


def echo4(src_mac: str, dst_mac: str, src: str, dst: str, number: int, payload: int,
          vlan: int | None = None) -> bytes:  # fmt: skip
    ether: Packet = Ether(src=src_mac, dst=dst_mac)
    if vlan is not None:
        ether /= Dot1Q(vlan=vlan & 0xFFF, prio=vlan >> 13)
    data = noise(payload, number)
    return bytes(ether / IP(src=src, dst=dst) / ICMP(id=0x7E57, seq=number) / Raw(data))


def echo6(src_mac: str, dst_mac: str, src: str, dst: str, number: int, payload: int) -> bytes:
    head = Ether(src=src_mac, dst=dst_mac) / IPv6(src=src, dst=dst)
    return bytes(head / ICMPv6EchoRequest(id=0x7E57, seq=number, data=noise(payload, number)))


def tag(data: bytes) -> bytes:
    """The VLAN tag, if there is one."""
    return data[12:16] if data[12:14] == b"\x81\x00" else b""


def _untagged(data: bytes) -> bytes:
    return data[:12] + data[12 + len(tag(data)) :]


def echo_number(data: bytes) -> int:
    data = _untagged(data)
    at = ETH + (IP4 if data[12:14] == b"\x08\x00" else IP6) + 6
    return int.from_bytes(data[at : at + 2], "big")


def is_tcp(frame: Frame) -> bool:
    return TCP in Ether(frame.data)


def is_echo_reply(frame: Frame) -> bool:
    data = _untagged(frame.data)
    if frame.outgoing:
        return False
    if data[12:14] == b"\x08\x00":
        return data[23] == 1 and data[ETH + IP4] == 0 and data[ETH + IP4 + 4 :][:2] == b"\x7e\x57"
    return (data[12:14] == b"\x86\xdd" and data[20] == 58 and data[ETH + IP6] == 129
            and data[ETH + IP6 + 4 :][:2] == b"\x7e\x57")  # fmt: skip


def assert_answers(answer: bytes, request: bytes) -> None:
    """The answer is that request's, whole, from whom it went to, with the checksums right."""
    assert (answer[:6], answer[6:12]) == (request[6:12], request[:6])
    assert tag(answer) == tag(request)
    came, sent = _untagged(answer), _untagged(request)
    if came[12:14] == b"\x08\x00":
        addresses, size, body = ETH + 12, 4, ETH + IP4
    else:
        addresses, size, body = ETH + 8, 16, ETH + IP6
    middle, end = addresses + size, addresses + 2 * size
    assert (came[addresses:middle], came[middle:end]) == (sent[middle:end], sent[addresses:middle])
    assert came[body + 4 :] == sent[body + 4 :]
    wrong = wrong_sums(answer) if size == 16 else checksum(came[ETH:body]) or checksum(came[body:])
    assert not wrong, f"wrong checksum in an answer of {len(answer)} bytes"


# Requests


def tcp(macs: tuple[str, str], ips: tuple[str, str], length: int, mss: int, *, flags: str = "A",
        options: int = 0) -> tuple[bytes, tuple[int, ...]]:  # fmt: skip
    """A TCP packet with that much data, from the first to the second, and the request to cut it.

    `options` bytes of IPv6 extensions make its headers longer.
    """
    ip = (IPv6 if ":" in ips[0] else IP)(src=ips[0], dst=ips[1])
    for start in range(0, options, 256):
        part = min(options - start, 256)  # the headers around the padding take 4 of them
        ip /= IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(part - 4))])
    head = TCP(sport=7, dport=9, seq=0xFFFF0000, flags=flags, options=[("Timestamp", (1, 2))])
    packet = Ether(src=macs[0], dst=macs[1]) / ip / head / Raw(counted(length))
    return request(bytes(packet), mss)


def request(data: bytes, mss: int) -> tuple[bytes, tuple[int, ...]]:
    """A TCP or UDP packet as the stack hands it to a driver that sums, and cuts if there is an MSS:
    the frame, and flags, gso_type, hdr_len, gso_size, csum_start and csum_offset for it."""
    ether = Ether(data)
    layer, number, at = (TCP, 6, 16) if TCP in ether else (UDP, 17, 6)
    body = bytes(ether[layer].original)
    start = _ip_end(data, ether) - len(body)
    held = pseudo_sum(ether, number, len(body)).to_bytes(2, "big")
    frame = data[: start + at] + held + data[start + at + 2 :]
    kind = (GSO_TCPV4 if IP in ether else GSO_TCPV6) if mss else GSO_NONE
    head = start + (ether[TCP].dataofs * 4 if layer is TCP else 8)
    return frame, (NEEDS_CSUM, kind, head, mss, start, at)


# What came


def wrong_sums(data: bytes) -> list[str]:
    """Which checksums of the frame are not right; a UDP checksum that was left out is not."""
    ether = Ether(data)
    wrong = []
    if IP in ether:
        head = ether[IP].original[: ether[IP].ihl * 4]
        wrong += ["IPv4"] if checksum(head) else []
    for layer, number in ((TCP, 6), (UDP, 17), (ICMP, 1), (ICMPv6EchoReply, 58)):
        if layer in ether and not is_fragment(ether):
            body = bytes(ether[layer].original)
            left_out = layer is UDP and body[6:8] == b"\0\0"
            wrong += [layer.__name__] if left_out or transport_sum(ether, number, body) else []
    return wrong


def is_fragment(ether: Packet) -> bool:
    if IP in ether:
        return bool(ether[IP].flags.MF or ether[IP].frag)
    return IPv6ExtHdrFragment in ether


def _ip_end(data: bytes, ether: Packet) -> int:
    """Where the IP packet ends in its frame; behind it there may be padding."""
    ip = ether[IP] if IP in ether else ether[IPv6]
    return len(data) - len(ip.original) + (ip.len if IP in ether else IP6 + ip.plen)


def transport_sum(ether: Packet, number: int, body: bytes) -> int:
    """0 if the transport's checksum is right, the pseudo-header included."""
    if number == 1:
        return checksum(body)
    if IP in ether:
        return in4_chksum(number, ether[IP], body)
    return in6_chksum(number, ether[IPv6], body)


def pseudo_sum(ether: Packet, number: int, length: int) -> int:
    """What a checksum field holds that is left for others to fill in."""
    zeroes = bytes(length)
    if IP in ether:
        return ~in4_chksum(number, ether[IP], zeroes) & 0xFFFF
    return ~in6_chksum(number, ether[IPv6], zeroes) & 0xFFFF


def assert_plain(frames: Iterable[Frame], mtu: int = 1500) -> None:
    """Frames as a plain wire carries them: none too long, every checksum right."""
    for frame in frames:
        tag = TAG if frame.ethertype == 0x8100 else 0
        assert len(frame.data) <= ETH + tag + mtu, frame
        assert not frame.gso and not frame.needs_csum, frame
        assert not (wrong := wrong_sums(frame.data)), f"{wrong} in {frame}"


def assert_requests(frames: Iterable[Frame], mtu: int = 1500) -> None:
    """Frames between a driver that offloads and a host that takes it up: what they ask for must
    be complete, and what they do not ask for must be right already."""
    for frame in frames:
        if not frame.needs_csum:
            assert_plain([frame], mtu)
            continue
        ether = Ether(frame.data)
        layer, number, at = (TCP, 6, 16) if TCP in ether else (UDP, 17, 6)
        body = bytes(ether[layer].original)
        start = _ip_end(frame.data, ether) - len(body)
        assert (frame.csum_start, frame.csum_offset) == (start, at), frame
        held = int.from_bytes(body[at : at + 2], "big")
        assert held == pseudo_sum(ether, number, len(body)), f"{held:#x} in {frame}"
        if frame.gso:
            assert layer is TCP
            assert frame.gso_type == (GSO_TCPV4 if IP in ether else GSO_TCPV6), frame
            head = start + ether[TCP].dataofs * 4
            assert frame.gso_size + head <= ETH + mtu + (TAG if Dot1Q in ether else 0), frame
        else:
            assert len(frame.data) <= ETH + mtu + (TAG if Dot1Q in ether else 0), frame


def payload(frame: Frame) -> bytes:
    """The bytes of the stream in a TCP or UDP frame."""
    ether = Ether(frame.data)
    return bytes((ether[TCP] if TCP in ether else ether[UDP]).payload)


def assert_segments(frames: Sequence[Frame], whole: bytes, mss: int | None) -> None:
    """Together the frames are that large TCP packet, cut at `mss` if given."""
    sent = Ether(whole)[TCP]
    parts = [Ether(frame.data) for frame in frames]
    data = [bytes(part[TCP].payload) for part in parts]
    assert b"".join(data) == bytes(sent.payload)
    if mss:
        assert {len(part) for part in data[:-1]} == {mss}
    at = 0
    for part, piece in zip(parts, data, strict=True):
        tcp = part[TCP]
        last = at + len(piece) == len(sent.payload)
        assert (tcp.sport, tcp.dport, tcp.ack, tcp.window) == (
            sent.sport, sent.dport, sent.ack, sent.window)  # fmt: skip
        assert tcp.seq == (sent.seq + at) % (1 << 32)
        assert tcp.options == sent.options
        # What ends the stream or pushes it belongs to its end.
        assert (at, str(tcp.flags)) == (at, str(sent.flags if last else sent.flags & ~0x09))
        at += len(piece)
    if IP in parts[0]:
        ids = [part[IP].id for part in parts]
        assert ids == [(ids[0] + n) % (1 << 16) for n in range(len(ids))]
