# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What passes an interface of the host, with what the kernel knows beside the bytes.

A `Capture` keeps every frame with its virtio-net header (did it come as one segmentation request,
of which size, with or without a checksum), its VLAN tag put back where it was on the wire, and its
direction. `send()` is the other way round. No protocol above Ethernet is understood here: tests
use scapy on `Frame.data`.
"""

from __future__ import annotations

import functools
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import LabError

# From linux/if_packet.h, linux/if_ether.h and linux/virtio_net.h.
ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_STATISTICS = 6
PACKET_AUXDATA = 8
PACKET_VNET_HDR = 15
PACKET_OUTGOING = 4
TP_STATUS_VLAN_VALID = 1 << 4
TP_STATUS_VLAN_TPID_VALID = 1 << 6
SO_RCVBUFFORCE = 33

NEEDS_CSUM = 1
DATA_VALID = 2
GSO_NONE, GSO_TCPV4, GSO_UDP, GSO_TCPV6, GSO_UDP_L4 = 0, 1, 3, 4, 5
GSO_ECN = 0x80

_VNET = struct.Struct("=BBHHHH")
_AUX = struct.Struct("=IIIHHHH")
_BUFFER = 64 << 20
_BIGGEST = 1 << 17


@dataclass(frozen=True)
class Frame:
    """One frame as it crossed the interface. `outgoing` is towards the guest, on a tap."""

    data: bytes
    outgoing: bool
    time: float
    flags: int = 0
    gso_type: int = GSO_NONE
    gso_size: int = 0
    csum_start: int = 0
    csum_offset: int = 0

    @property
    def gso(self) -> bool:
        """It is many packets in one: whoever comes next cuts it into `gso_size` pieces."""
        return self.gso_type & ~GSO_ECN != GSO_NONE

    @property
    def needs_csum(self) -> bool:
        """Its transport checksum is still to be filled in."""
        return bool(self.flags & NEEDS_CSUM)

    @property
    def dst(self) -> bytes:
        return self.data[:6]

    @property
    def src(self) -> bytes:
        return self.data[6:12]

    @property
    def ethertype(self) -> int:
        return int.from_bytes(self.data[12:14], "big")

    def __repr__(self) -> str:
        arrow = "to guest" if self.outgoing else "from guest"
        gso = f" gso {self.gso_type}/{self.gso_size}" if self.gso else ""
        csum = " needs-csum" if self.needs_csum else ""
        return f"<{arrow} {len(self.data)} bytes{gso}{csum} {self.data[:54].hex()}>"


class Capture:
    """Records an interface from now until the end of the `with` block."""

    def __init__(self, ifname: str, limit: int = 200_000) -> None:
        self.ifname = ifname
        self._limit = limit
        self._frames: list[Frame] = []
        self._lost = 0
        self._changed = threading.Condition()
        self._socket = _packet_socket()
        self._socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, _BUFFER)
        except PermissionError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.bind((ifname, ETH_P_ALL))
        self._socket.settimeout(0.2)  # only to notice close()
        self._open = True
        self._thread = threading.Thread(target=self._read, name=f"capture-{ifname}", daemon=True)
        self._thread.start()
        _captures.append(self)

    def __enter__(self) -> Capture:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._open = False
        self._thread.join()
        self._lost += self._drops()
        self._socket.close()

    @property
    def frames(self) -> list[Frame]:
        """All frames so far, oldest first. A capture that lost some says so instead."""
        with self._changed:
            self._complain()
            return list(self._frames)

    def clear(self) -> None:
        with self._changed:
            self._frames.clear()

    def wait(self, match: Callable[[Frame], bool], timeout: float = 10, count: int = 1) -> Frame:
        """The `count`-th frame that matches, which may be there already."""
        deadline = time.monotonic() + timeout
        looked = seen = 0
        with self._changed:
            while True:
                for frame in self._frames[looked:]:
                    seen += match(frame)
                    if seen == count:
                        return frame
                looked = len(self._frames)
                left = deadline - time.monotonic()
                if left <= 0:
                    self._complain()
                    last = "\n".join(map(repr, self._frames[-8:]))
                    raise LabError(f"{seen} of {count} expected frames came in {timeout} s among "
                                   f"{looked} on {self.ifname}; the last:\n{last}")  # fmt: skip
                self._changed.wait(left)

    def write_pcap(self, path: Path) -> None:
        with self._changed, path.open("wb") as out:
            out.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _BIGGEST, 1))
            for frame in self._frames:
                seconds = int(frame.time)
                micros = int((frame.time - seconds) * 1e6)
                size = len(frame.data)
                out.write(struct.pack("=IIII", seconds, micros, size, size) + frame.data)

    def _complain(self) -> None:
        if self._lost:
            raise LabError(f"the capture on {self.ifname} lost {self._lost} frames")

    def _drops(self) -> int:
        return struct.unpack("=II", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]

    def _read(self) -> None:
        # Those are for the thread that waits, as in line.py.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        # A frame sent before close() is already queued when close() is called: drain to the end.
        while True:
            try:
                data, control, _flags, address = self._socket.recvmsg(_BIGGEST, 64)
            except TimeoutError:
                if not self._open:
                    return
                continue
            except OSError:  # the interface went down; frames may come again
                continue
            frame = _parse(data, control, outgoing=address[2] == PACKET_OUTGOING)
            with self._changed:
                if len(self._frames) < self._limit:
                    self._frames.append(frame)
                else:
                    self._lost += 1
                self._changed.notify_all()


_captures: list[Capture] = []


def save_all(folder: Path) -> None:
    """Writes every capture of this test as a pcap file; called when the test has failed."""
    for index, capture in enumerate(_captures):
        capture.write_pcap(folder / f"{index}-{capture.ifname}.pcap")


def forget_all() -> None:
    """Ends what a test has left open."""
    for capture in _captures:
        if capture._open:
            capture.close()
    _captures.clear()


def send(
    ifname: str,
    frame: bytes,
    *,
    flags: int = 0,
    gso_type: int = GSO_NONE,
    hdr_len: int = 0,
    gso_size: int = 0,
    csum_start: int = 0,
    csum_offset: int = 0,
) -> None:
    """Sends one frame out of an interface, with the given virtio-net header."""
    header = _VNET.pack(flags, gso_type, hdr_len, gso_size, csum_start, csum_offset)
    _sender().sendto(header + frame, (ifname, 0))


@functools.cache
def _sender() -> socket.socket:
    """One for all frames: closing a packet socket waits for all processors."""
    return _packet_socket()


def _packet_socket() -> socket.socket:
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    return s


def _parse(data: bytes, control: list[tuple[int, int, bytes]], outgoing: bool) -> Frame:
    flags, gso_type, _hdr_len, gso_size, start, offset = _VNET.unpack_from(data)
    frame = data[_VNET.size :]
    for level, kind, value in control:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, _len, _snap, _mac, _net, tci, tpid = _AUX.unpack_from(value)
            if status & TP_STATUS_VLAN_VALID:
                tpid = tpid if status & TP_STATUS_VLAN_TPID_VALID else 0x8100
                frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
                start += 4 if flags & NEEDS_CSUM else 0
    return Frame(frame, outgoing, time.time(), flags, gso_type, gso_size, start, offset)
