# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What the driver tells the device, as the device sees it: read in the guest's memory.

The area is found by its magic number alone and taken apart by the specification's offsets, so that
nothing of the driver's own word is believed. device.py looks at the device's side.
"""

from __future__ import annotations

import struct

from lab.qtest import Qtest

from .port import Port

MAGIC = struct.pack("<I", 0xBABEFEE1)
SIZE, HEAD = 800, 64
TXQ = RXQ = 256

RXCSUM, RSS, RXVLAN, LRO = 1, 2, 4, 8
UCAST, MCAST, BCAST, ALLMULTI, PROMISC = 1, 2, 4, 8, 16


class SharedArea:
    """The root of the memory that driver and device of a port share."""

    def __init__(self, port: Port, qtest: Qtest) -> None:
        self._qtest = qtest
        self._address = _find(port)

    def bytes(self, offset: int, size: int) -> bytes:
        return self._qtest.read(self._address + offset, size)

    def u8(self, offset: int) -> int:
        return self.bytes(offset, 1)[0]

    def u16(self, offset: int) -> int:
        return int.from_bytes(self.bytes(offset, 2), "little")

    def u32(self, offset: int) -> int:
        return int.from_bytes(self.bytes(offset, 4), "little")

    def u64(self, offset: int) -> int:
        return int.from_bytes(self.bytes(offset, 8), "little")

    @property
    def features(self) -> int:
        return self.u64(0x18)

    @property
    def rx_mode(self) -> int:
        return self.u32(0x78)

    @property
    def vlans(self) -> set[int]:
        """Ids that the filter lets through."""
        words = struct.unpack("<128I", self.bytes(0x88, 512))
        return {32 * n + bit for n, word in enumerate(words) for bit in range(32) if word >> bit & 1}

    @property
    def groups(self) -> list[str]:
        """Addresses in the multicast table."""
        length, address = self.u16(0x7C), self.u64(0x80)
        assert length % 6 == 0
        table = self._qtest.read(address, length) if length else b""
        return [table[at : at + 6].hex(":") for at in range(0, length, 6)]

    @property
    def queue_counts(self) -> tuple[int, int]:
        return self.u8(0x3E), self.u8(0x3F)

    def queues(self) -> tuple[list[Queue], list[Queue]]:
        """The queue descriptors, transmit and receive."""
        ntx, nrx = self.queue_counts
        address, length = self.u64(0x28), self.u32(0x34)
        assert (address % 128, length) == (0, (ntx + nrx) * TXQ)
        table = self._qtest.read(address, length)
        found = [Queue(table[at : at + TXQ]) for at in range(0, length, TXQ)]
        return found[:ntx], found[ntx:]

    def rss(self) -> Rss | None:
        version, length, address = struct.unpack("<IIQ", self.bytes(0x288, 16))
        if not version:
            assert (length, address) == (0, 0)
            return None
        assert (version, length) == (1, 176)
        return Rss(self._qtest.read(address, length))


class Queue:
    """A queue descriptor."""

    def __init__(self, data: bytes) -> None:
        self.rings = struct.unpack_from("<3Q", data, 16)
        self.sizes = struct.unpack_from("<3I", data, 56)
        self.vector = data[72]
        self.stats = struct.unpack_from("<10Q", data, 88)


class Rss:
    """Hash configuration."""

    def __init__(self, data: bytes) -> None:
        self.types, self.function, key_size, table_size = struct.unpack_from("<4H", data)
        self.key = data[8 : 8 + key_size]
        self.table = list(data[48 : 48 + table_size])


def _find(port: Port) -> int:
    found = []
    with port.vm.memory() as memory:
        at = memory.find(MAGIC)
        while at >= 0:
            if _is_plausible(memory[at : at + HEAD]):
                found.append(at)
            at = memory.find(MAGIC, at + 4)
    (address,) = found
    assert address % 8 == 0
    return address


def _is_plausible(head: bytes) -> bool:
    """The number is in the driver's own code, too."""
    revision, upt = struct.unpack_from("<II", head, 0x10)
    (length,) = struct.unpack_from("<I", head, 0x34)
    ntx, nrx = head[0x3E], head[0x3F]
    return (revision, upt) == (1, 1) and ntx > 0 and length == (ntx + nrx) * TXQ
