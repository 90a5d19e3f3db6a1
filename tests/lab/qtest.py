# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""QEMU's qtest channel: guest-physical addresses are read and written while the guest runs.

So a test can do what a broken or hostile device would do: write what was never earned, raise
interrupts, stop DMA.
"""

from __future__ import annotations

import base64
import socket
import tempfile
from pathlib import Path

ECAM = 0xB000_0000  # where the firmware of a q35 machine puts PCI configuration space

# In configuration space: a register and two of its bits.
COMMAND, MEMORY, MASTER = 4, 2, 4


def config_space(address: str) -> int:
    """Where the configuration space of a PCI device is, such as 0000:00:02.0."""
    bus, slot = address.split(":")[1:]
    device, function = slot.split(".")
    return ECAM + (int(bus, 16) << 20 | int(device, 16) << 15 | int(function) << 12)


class Qtest:
    """The channel; it outlives boots of the guest."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="vmguest-")
        self._path = Path(self._folder.name) / "qtest"

    def args(self) -> list[str]:
        """For QEMU's command line."""
        return ["-chardev", f"socket,id=qtest,path={self._path},server=on,wait=off",
                "-qtest", "chardev:qtest", "-qtest-log", "none"]  # fmt: skip

    def connect(self) -> None:
        """To the QEMU that runs now."""
        channel = socket.socket(socket.AF_UNIX)
        channel.connect(str(self._path))
        channel.settimeout(30)
        self._in = channel.makefile("r")
        self._out = channel.makefile("w")

    def command(self, *words: object) -> str:
        self._out.write(" ".join(map(str, words)) + "\n")
        self._out.flush()
        line = self._in.readline()
        while line.startswith("IRQ"):
            line = self._in.readline()
        status, _, value = line.strip().partition(" ")
        assert status == "OK", f"qtest {words}: {line!r}"
        return value

    def readl(self, address: int) -> int:
        return int(self.command("readl", hex(address)), 16)

    def writel(self, address: int, value: int) -> None:
        self.command("writel", hex(address), hex(value))

    def read(self, address: int, size: int) -> bytes:
        return base64.b64decode(self.command("b64read", hex(address), hex(size)))

    def write(self, address: int, data: bytes) -> None:
        text = base64.b64encode(data).decode()
        self.command("b64write", hex(address), hex(len(data)), text)
