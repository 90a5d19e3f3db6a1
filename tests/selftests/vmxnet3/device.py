# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The device seen from outside of the guest: its registers, and the memory that it shares.

QEMU's qtest channel reads and writes guest-physical addresses while the guest runs. So a test can
do what a broken or hostile device would do: write completions that were never earned, raise
interrupts, mask or lose them, stop its own DMA. Offsets are the specification's; the places of the
rings come from the driver's own register dump. Neither knows anything of the driver's code.
"""

from __future__ import annotations

import base64
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from lab.qtest import COMMAND, MASTER, MEMORY, Qtest, config_space
from lab.vm import VM

from .port import Port

VRRS, DSAL, DSAH, CMD, MACL, MACH, ICR, ECR = 0x00, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38, 0x40
IMR, TXPROD = 0x000, 0x600
ACTIVATE_DEV = 0xCAFE0000
ECR_OFFSET = 0x2B8
QUEUE_DESC_PA, QUEUE_DESC = 0x28, 256
THRESHOLD, UPDATE_RX_PROD, STOPPED, ERROR = 4, 0, 80, 84

TXD_EOP = 1 << 12
RXCD_EOP, RXCD_SOP, RXCD_CNC = 1 << 14, 1 << 15, 1 << 30
RXCD_ERR, RXCD_TS = 1 << 14, 1 << 15
RXCD_FCS = 1 << 23
GEN = 1 << 31

_HEAD = ("version", "layout", "nvec", "ntxq", "nrxq", "flags", "intr_type", "mask_mode", "rx_mode",
         "upt_features", "link_speed", "vrrs", "uvrs", "cmd", "macl", "mach", "dsal", "dsah")
_SHARED_SIZE = 800
_TXQ = ("size", "fill", "fill_gen", "clean", "comp", "comp_gen", "deferred", "threshold", "stopped",
        "error")  # fmt: skip
_RXQ = ("size", "fill", "fill_gen", "clean", "size2", "fill2", "fill_gen2", "clean2", "comp_size",
        "comp", "comp_gen", "update_rx_prod", "stopped", "error")  # fmt: skip


@dataclass
class Dump:
    """What `ethtool -d` gives, taken apart."""

    head: dict[str, int]
    shared: bytes
    imr: list[int]
    tx: list[dict[str, int]]
    rx: list[dict[str, int]]

    @classmethod
    def parse(cls, data: bytes) -> Dump:
        words = [word for (word,) in struct.iter_unpack("<I", data)]

        def take(count: int) -> list[int]:
            taken = words[:count]
            del words[:count]
            return taken

        head = dict(zip(_HEAD, take(len(_HEAD)), strict=True))
        shared = struct.pack(f"<{_SHARED_SIZE // 4}I", *take(_SHARED_SIZE // 4))
        imr = take(head["nvec"])
        tx = [dict(zip(_TXQ, take(len(_TXQ)), strict=True)) for _ in range(head["ntxq"])]
        rx = [dict(zip(_RXQ, take(len(_RXQ)), strict=True)) for _ in range(head["nrxq"])]
        assert not words
        return cls(head, shared, imr, tx, rx)


@dataclass(frozen=True)
class RxCompletion:
    """A receive completion as a device writes it (§2.18); `ring` 0 or 1 unless `rqid` says it."""

    idx: int
    length: int = 60
    ring: int = 0
    rqid: int | None = None
    sop: bool = True
    eop: bool = True
    dw0: int = RXCD_CNC  # further bits of the double words
    dw1: int = 0
    dw2: int = 0
    dw3: int = RXCD_FCS

    def words(self, queue: int, nrxq: int, gen: int) -> bytes:
        rqid = queue + self.ring * nrxq if self.rqid is None else self.rqid
        dw0 = self.idx | self.eop * RXCD_EOP | self.sop * RXCD_SOP | rqid << 16 | self.dw0
        return struct.pack("<4I", dw0, self.dw1, self.length | self.dw2, self.dw3 | gen * GEN)


class Device:
    """One vmxnet3 device of a running guest."""

    def __init__(self, port: Port, qtest: Qtest) -> None:
        self.port = port
        self.vm: VM = port.vm
        self.qtest = qtest
        at = f"/sys/class/net/{port.name}/device"
        bars = [int(line.split()[0], 16) for line in self.vm.run(f"cat {at}/resource").splitlines()]
        self.pt, self.vd, self.msix = bars[:3]
        self.address = self.vm.run(f"basename $(readlink {at})").strip()
        self.config = config_space(self.address)

    def dump(self) -> Dump:
        text = self.vm.run(f"ethtool -d {self.port.name} raw on | base64")
        return Dump.parse(base64.b64decode(text))

    def interrupts(self) -> dict[str, int]:
        """How often each vector has fired, by what /proc/interrupts calls it, without the card's
        own name."""
        counts = {}
        for line in self.vm.run("cat /proc/interrupts").splitlines():
            words = line.split()
            if words[-1].startswith(self.port.name):
                counts[words[-1][len(self.port.name) + 1 :]] = sum(
                    int(word) for word in words[1 : 1 + self.vm.smp])  # fmt: skip
        return counts

    # What a device does

    def dma(self, on: bool) -> None:
        """Lets the device reach memory, or not: without it, nothing is sent nor received.

        Only for young rings: what the device reads then is all zero, which is a descriptor of
        nobody's as long as the ring is on its first lap.
        """
        self._command(MASTER, on)

    def answer(self, on: bool) -> None:
        """Lets the device decode its registers, or not, as if it was gone."""
        self._command(MEMORY, on)

    def _command(self, bit: int, on: bool) -> None:
        value = self.qtest.readl(self.config + COMMAND) & 0xFFFF
        self.qtest.writel(self.config + COMMAND, value & ~bit | on * bit)

    def is_bus_master(self) -> bool:
        return bool(self.qtest.readl(self.config + COMMAND) & MASTER)

    def activate(self) -> int:
        """Asks for activation and gives the answer: 0 for an active device, also for one that was
        so before; not 0 for one that was not and cannot be, such as without shared memory."""
        self.qtest.writel(self.vd + CMD, ACTIVATE_DEV)
        return self.qtest.readl(self.vd + CMD)

    def is_masked(self, vector: int) -> bool:
        return self.qtest.readl(self.pt + IMR + 8 * vector) != 0

    def await_unmasked(self, vector: int) -> None:
        """Until the driver wants to hear of that vector."""
        deadline = time.monotonic() + 10 * self.vm.slowness
        while self.is_masked(vector):
            assert time.monotonic() < deadline, f"vector {vector} stays masked"
            time.sleep(0.01)

    def signal(self, vector: int) -> None:
        """Raises an unmasked vector and masks it, as a device in automatic mode does."""
        assert not self.is_masked(vector)
        self.qtest.writel(self.pt + IMR + 8 * vector, 1)
        self.interrupt(vector)

    def interrupt(self, vector: int) -> None:
        """Raises an MSI-X vector, masked or not."""
        low, high, data, _ = struct.unpack("<4I", self.qtest.read(self.msix + 16 * vector, 16))
        self.qtest.writel(high << 32 | low, data)

    def shared(self) -> int:
        """Address of the root of the shared memory."""
        head = self.dump().head
        return head["dsah"] << 32 | head["dsal"]

    def event(self, bits: int) -> None:
        """Sets bits of the event register and says so."""
        head = self.dump().head
        self.qtest.writel((head["dsah"] << 32 | head["dsal"]) + ECR_OFFSET, bits)
        self.interrupt(head["nvec"] - 1)

    # A guest takes long to say its state. Whoever has less time than the watchdog passes it on.

    def queue_desc(self, tx: int | None = None, rx: int | None = None,
                   dump: Dump | None = None) -> int:  # fmt: skip
        """Address of a queue's descriptor."""
        dump = dump or self.dump()
        (table,) = struct.unpack_from("<Q", dump.shared, QUEUE_DESC_PA)
        index = tx if tx is not None else dump.head["ntxq"] + (rx or 0)
        return table + index * QUEUE_DESC

    def in_flight(self, queue: int, dump: Dump | None = None) -> list[int]:
        """The last descriptor of each packet that the driver waits for on a transmit queue."""
        dump = dump or self.dump()
        state = dump.tx[queue]
        (ring,) = struct.unpack("<Q", self.qtest.read(self.queue_desc(tx=queue, dump=dump) + 16, 8))
        found, at = [], state["clean"]
        while at != state["fill"]:
            (word,) = struct.unpack("<I", self.qtest.read(ring + 16 * at + 12, 4))
            found += [at] if word & TXD_EOP else []
            at = (at + 1) % state["size"]
        return found

    def complete_tx(self, queue: int, *indices: int, dump: Dump | None = None) -> None:
        """Writes transmit completions where the driver expects the next ones; raises nothing."""
        dump = dump or self.dump()
        state = dump.tx[queue]
        (ring,) = struct.unpack("<Q", self.qtest.read(self.queue_desc(tx=queue, dump=dump) + 32, 8))
        entries = [struct.pack("<4I", idx, 0, 0, 0) for idx in indices]
        self._complete(ring, state["size"], state["comp"], state["comp_gen"], entries)

    def finish_tx(self, queue: int, vector: int, done: Callable[[], bool]) -> int:
        """Completes and signals what is in flight until all is done that is waited for, and the
        vector masked; how often it took.
        """
        deadline = time.monotonic() + 10 * self.vm.slowness
        rounds = 0
        while not done() or not self.is_masked(vector):
            sent = [] if self.is_masked(vector) else self.in_flight(queue)
            if sent:
                self.complete_tx(queue, *sent)
                self.signal(vector)
                rounds += 1
            while set(sent) & set(self.in_flight(queue)):
                assert time.monotonic() < deadline, f"tx queue {queue} does not reap {sent}"
            assert time.monotonic() < deadline, f"vector {vector}: {rounds} rounds are not enough"
        return rounds

    def complete_rx(self, queue: int, *entries: RxCompletion, dump: Dump | None = None) -> None:
        """Writes receive completions where the driver expects the next ones; raises nothing."""
        dump = dump or self.dump()
        state = dump.rx[queue]
        (ring,) = struct.unpack("<Q", self.qtest.read(self.queue_desc(rx=queue, dump=dump) + 32, 8))
        words = [entry.words(queue, dump.head["nrxq"], 0) for entry in entries]
        self._complete(ring, state["comp_size"], state["comp"], state["comp_gen"], words)

    def _complete(self, ring: int, size: int, at: int, gen: int, entries: list[bytes]) -> None:
        placed = []
        for entry in entries:
            *words, last = struct.unpack("<4I", entry)
            placed.append((at, struct.pack("<4I", *words, last & ~GEN | gen * GEN)))
            at, gen = (at + 1, gen) if at + 1 < size else (0, gen ^ 1)
        # The first one last, so that the driver finds none or all.
        for index, words in reversed(placed):
            self.qtest.write(ring + 16 * index, words)

    def rx_buffers(self, queue: int, dump: Dump) -> list[int]:
        """Addresses of the buffers that are posted in the first receive ring, by index."""
        where = self.queue_desc(rx=queue, dump=dump) + 16
        (ring,) = struct.unpack("<Q", self.qtest.read(where, 8))
        entries = self.qtest.read(ring, 16 * dump.rx[queue]["size"])
        return [address for address, _ in struct.iter_unpack("<QQ", entries)]
