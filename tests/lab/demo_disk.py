# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The disk of the demo: a file system on PVSCSI is filled, and read after the machine was restarted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import LabError
from .disks import Adapter, Disk, file
from .vm import VM

MIB = 64
_FILE = "/mnt/noise"
_COUNTERS = "/sys/class/scsi_host/host*/pvscsi"


@dataclass(frozen=True)
class Transfer:
    """What 64 MiB have taken."""

    direction: str
    digest: str
    seconds: float
    grown: Mapping[str, int] | None     # the in-tree driver counts nothing

    def cells(self) -> tuple[str, ...]:
        speed = f"{(MIB << 20) / self.seconds / 1e6:.0f} MB/s"
        if self.grown is None:
            return (speed, *["not counted"] * 3, self.digest)
        commands = max(self.grown["requests"], 1)
        kicks = self.grown["kicks_rw"] + self.grown["kicks_other"]
        return (speed, str(commands), f"{kicks / commands:.3f}",
                f"{self.grown['interrupts'] / commands:.3f}", f"{self.digest}, equal")  # fmt: skip


ROWS = ("throughput", "commands", "kicks per command", "interrupts per command", "SHA-256")


def adapter(folder: Path) -> Adapter:
    return Adapter([Disk(0, file(folder / "disk", 4 * MIB))])


def write(vm: VM) -> Transfer:
    """Makes the file system and fills a file; ends when all of it is on the disk."""
    vm.run("mke2fs -q -t ext4 -F $(ls -d /dev/sd?) && mkdir -p /mnt && mount -t ext4 /dev/sd? /mnt; "
           f"dd if=/dev/urandom of=/tmp/noise bs=1M count={MIB}", timeout=120)  # fmt: skip
    return _measure(vm, "written", f"cp /tmp/noise {_FILE} && sync", "sha256sum /tmp/noise")


def read(vm: VM, written: Transfer) -> Transfer:
    """After a restart nothing of it is in memory."""
    vm.run("mkdir -p /mnt && mount -t ext4 /dev/sd? /mnt")
    transfer = _measure(vm, "read", f"cat {_FILE} >/tmp/noise", "sha256sum /tmp/noise")
    if transfer.digest != written.digest:
        raise LabError(f"the disk kept {transfer.digest}, but was given {written.digest}")
    return transfer


def _measure(vm: VM, direction: str, work: str, digest: str) -> Transfer:
    before = _counters(vm)
    start = time.monotonic()
    vm.run(work, timeout=300)
    seconds = time.monotonic() - start
    after = _counters(vm)
    grown = {name: after[name] - before[name] for name in after} if after else None
    return Transfer(direction, vm.run(digest, timeout=120)[:8], seconds, grown)


def _counters(vm: VM) -> dict[str, int]:
    text = vm.run(f"cd {_COUNTERS} 2>/dev/null && grep -H . *", check=False)
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {name: int(value) for name, value in pairs if value.isdigit()}
