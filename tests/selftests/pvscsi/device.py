# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The device seen from outside of the guest: its rings, and what a broken device would write there.

Offsets are the specification's. Where the rings are QEMU says in its log whenever it is given them;
where the messages are is found by what they say. Neither knows anything of the driver's code.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from lab.qtest import COMMAND, MASTER, MEMORY, Qtest, config_space

from .adapter import Host

# QEMU's log then has the page of each ring.
TRACE = ["-trace", "pvscsi_tx_rings_ppn"]

PAGE = 4096
REQUEST, COMPLETION, MESSAGE = 128, 32, 128
REQ_PROD, REQ_CONS, CMP_PROD, CMP_CONS, MSG_PROD, MSG_CONS = 0, 4, 12, 16, 128, 132
ADDED, REMOVED = 0, 1
INTR_STATUS, INTR_MASK = 0x100C, 0x2010
MSI = 5  # id of the capability


@dataclass(frozen=True)
class Request:
    """A request as the driver wrote it (§2.5)."""

    context: int
    address: int
    length: int
    flags: int
    cdb: bytes
    target: int

    @classmethod
    def parse(cls, data: bytes) -> Request:
        context, address, length, _sense, _sense_len, flags = struct.unpack_from("<4Q2I", data)
        return cls(context, address, length, flags, data[40:56], data[67])


@dataclass(frozen=True)
class Completion:
    """A completion as a device writes it (§2.6)."""

    context: int
    length: int = 0
    sense_len: int = 0
    host_status: int = 0
    scsi_status: int = 0

    def bytes(self) -> bytes:
        return struct.pack("<2QI2HQ", self.context, self.length, self.sense_len, self.host_status,
                           self.scsi_status, 0)  # fmt: skip


@dataclass(frozen=True)
class Message:
    """A message as a device writes it (§2.10)."""

    type: int
    target: int
    bus: int = 0
    lun: bytes = bytes(8)

    def bytes(self) -> bytes:
        return struct.pack("<3I8s", self.type, self.bus, self.target, self.lun) + bytes(108)


class Device:
    """The adapter of a running guest."""

    def __init__(self, host: Host, qtest: Qtest) -> None:
        self.host = host
        self.qtest = qtest
        self.config = config_space(host.pci)

    def is_bus_master(self) -> bool:
        return bool(self.qtest.readl(self.config + COMMAND) & MASTER)

    def answer(self, on: bool) -> None:
        """Lets the device decode its registers, or not, as if it was away."""
        value = self.qtest.readl(self.config + COMMAND) & 0xFFFF
        self.qtest.writel(self.config + COMMAND, value & ~MEMORY | on * MEMORY)

    # The rings, as the device was told last

    def _log(self) -> str:
        """Its whole lines: QEMU may be writing the next one."""
        text = self.host.vm.log("qemu.log").read_text(errors="replace")
        return text[: text.rfind("\n") + 1]

    def setups(self) -> int:
        """How often it was given rings."""
        return self._log().count("Rings State page:")

    def _pages(self, ring: str) -> list[int]:
        log = self._log()
        last = log[log.rindex("Rings State page:"):]
        return [int(ppn, 16) * PAGE for ppn in re.findall(rf"{ring} page: (0x[0-9a-f]+)", last)]

    @property
    def state(self) -> int:
        """Address of the page with the indices."""
        (address,) = self._pages("Rings State")
        return address

    def index(self, offset: int) -> int:
        return self.qtest.readl(self.state + offset)

    def set_index(self, offset: int, value: int) -> None:
        self.qtest.writel(self.state + offset, value & 0xFFFF_FFFF)

    def _slot(self, pages: list[int], index: int, size: int) -> int:
        each = PAGE // size
        index %= len(pages) * each
        return pages[index // each] + index % each * size

    def request(self, index: int) -> Request:
        at = self._slot(self._pages("Request Ring"), index, REQUEST)
        return Request.parse(self.qtest.read(at, REQUEST))

    def last_request(self) -> Request:
        """The one that was written last."""
        return self.request(self.index(REQ_PROD) - 1)

    # What a device does

    def complete(self, *completions: Completion) -> None:
        """Writes these behind the last ones, and says so."""
        prod = self.index(CMP_PROD)
        pages = self._pages("Confirm Ring")
        for entry in completions:
            self.qtest.write(self._slot(pages, prod, COMPLETION), entry.bytes())
            prod += 1
        self.set_index(CMP_PROD, prod)
        self.interrupt()

    def recomplete(self, entry: Completion) -> None:
        """Writes this over the last one."""
        at = self._slot(self._pages("Confirm Ring"), self.index(CMP_PROD) - 1, COMPLETION)
        self.qtest.write(at, entry.bytes())

    def interrupt(self) -> None:
        """Sends the message that the guest has asked for."""
        at = self.qtest.readl(self.config + 0x34) & 0xFF
        while at:
            head = self.qtest.readl(self.config + at)
            if head & 0xFF == MSI:
                address = self.qtest.readl(self.config + at + 4)
                high = self.qtest.readl(self.config + at + 8)
                data = self.qtest.readl(self.config + at + 12) & 0xFFFF
                assert head >> 16 & 1, "messages are not enabled"
                self.qtest.writel(high << 32 | address, data)
                return
            at = head >> 8 & 0xFF
        raise AssertionError("the device has no MSI")

    # Messages

    def find_messages(self, *seen: Message) -> int:
        """Address of the ring of messages, which has had just these since the rings were set up."""
        head = b"".join(message.bytes() for message in seen)
        with self.host.vm.memory() as memory:
            found = [at for at in range(0, len(memory), PAGE)
                     if memory[at : at + len(head)] == head
                     and not any(memory[at + len(head) : at + PAGE])]  # fmt: skip
        (address,) = found
        return address

    def say(self, ring: int, *messages: Message) -> None:
        """Writes these behind the last ones into a ring of one page, and says so."""
        prod = self.index(MSG_PROD)
        for message in messages:
            self.qtest.write(self._slot([ring], prod, MESSAGE), message.bytes())
            prod += 1
        self.set_index(MSG_PROD, prod)
        self.interrupt()
