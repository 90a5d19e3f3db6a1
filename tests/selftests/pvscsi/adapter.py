# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The adapter under test, seen from the guest: its disks by target, its counters, work for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lab import leaks
from lab.agent import Job
from lab.disks import Adapter
from lab.vm import VM, Output

# All of what was written is read back and compared.
VERIFY: dict[str, object] = {"verify": "crc32c", "verify_fatal": 1, "do_verify": 1}


@dataclass(frozen=True)
class Host:
    """A SCSI host of the guest, driven by vmw_pvscsi."""

    vm: VM
    adapter: Adapter

    @property
    def number(self) -> int:
        """Another one each time that the driver is bound; of several adapters the first."""
        # Without a process: on debug each takes a good part of a second.
        return int(self.vm.run(
            "for h in /sys/class/scsi_host/host*; do read -r name <$h/proc_name\n"
            "if [ $name = vmw_pvscsi ]; then echo ${h##*host}; exit; fi; done"))  # fmt: skip

    @property
    def pci(self) -> str:
        """Of the PCI device, such as 0000:00:02.0."""
        return self.vm.run("cd /sys/bus/pci/devices; grep -l 0x07c0 */device | cut -d/ -f1").strip()

    def path(self, name: str) -> str:
        return f"/sys/class/scsi_host/host{self.number}/{name}"

    def targets(self) -> list[int]:
        """Of the disks that the guest knows."""
        listed = self.vm.run(f"cd /sys/class/scsi_device; ls -d {self.number}:* 2>/dev/null",
                             check=False)  # fmt: skip
        return sorted(int(name.split(":")[2]) for name in listed.split())

    def await_targets(self, wanted: list[int], timeout: float = 60) -> None:
        """Until the guest knows just these, and has devices for them that can be opened: names come
        first, and who writes to one too early makes a file of it.
        """
        names = " ".join(f"{self.number}:0:{target}:0" for target in sorted(wanted))
        self.vm.run(
            f"cd /sys/class/scsi_device\nuntil [ \"$(echo $(ls -d {self.number}:* 2>/dev/null | "
            f"sort -t : -k 3n))\" = '{names}' ]; do usleep 20000; done\n"
            f"for d in {names}; do until b=$(echo $d/device/block/*); b=/dev/${{b##*/}}; "
            "[ -b $b ] && { true <$b; } 2>/dev/null; do usleep 20000; done; done",
            timeout,
        )  # fmt: skip

    def unload(self, timeout: float = 60) -> None:
        """A disk that was just found is still being looked at, and holds the driver."""
        leaks.unload(self.vm, ["vmw_pvscsi"], timeout)

    def load(self, parameters: str = "", timeout: float = 60) -> None:
        """The driver anew, with other parameters; ends when all disks are found."""
        self.unload(timeout)
        self.vm.run(f"modprobe vmw_pvscsi {parameters}", timeout)
        self.await_targets([disk.target for disk in self.adapter.disks])

    def disk(self, target: int) -> str:
        """The device file of a target's disk."""
        at = f"/sys/class/scsi_device/{self.number}:0:{target}:0/device/block"
        return "/dev/" + self.vm.run(f"cd {at}; echo *").strip()

    def attribute(self, target: int, name: str) -> str:
        """In sysfs, the path of an attribute of a target's disk."""
        return f"/sys/class/scsi_device/{self.number}:0:{target}:0/device/{name}"

    # Counters

    def counters(self) -> dict[str, int]:
        text = self.vm.run(f"cd {self.path('pvscsi')}; grep -H . *")
        pairs = (line.split(":", 1) for line in text.splitlines())
        return {name: int(value) for name, value in pairs if value.isdigit()}

    def counted(self, before: dict[str, int]) -> dict[str, int]:
        """By how much each has grown since."""
        return {name: value - before[name] for name, value in self.counters().items()}

    def trouble(self, before: dict[str, int]) -> dict[str, int]:
        """What has grown and should not on a good day."""
        return {name: value for name, value in self.counted(before).items() if value and
                name.startswith(("bad_", "abort", "host_", "kicks_rescued", "busy_"))}  # fmt: skip

    def await_counter(self, name: str, value: int, timeout: float = 60) -> None:
        """Until a counter has reached that."""
        self.vm.run(f"until read -r now <{self.path('pvscsi')}/{name}; [ $now -ge {value} ]; do "
                    "usleep 20000; done", timeout)  # fmt: skip

    # Work

    def _fio(self, targets: tuple[int, ...], options: dict[str, Any]) -> str:
        # An engine's own options come after it.
        ordered = sorted(options.items(), key=lambda option: option[0] != "ioengine")
        words = " ".join(f"--{name}={value}" for name, value in ordered)
        jobs = " ".join(f"--name=t{target} --filename={self.disk(target)}" for target in targets)
        return f"fio --output-format=json --direct=1 --thread {words} {jobs}"

    def fio(self, *targets: int, timeout: float = 120, **options: Any) -> list[dict[str, Any]]:
        """Runs a job on each target at once; what fio reports of each."""
        return report(self.vm.run(self._fio(targets, options), timeout))

    def spawn_fio(self, *targets: int, **options: Any) -> Job:
        return self.vm.spawn(self._fio(targets, options))

    @contextmanager
    def load_with_verify(self, *targets: int, timeout: float = 300) -> Iterator[Job]:
        """Work all the time, however long that is, in rounds whose data is compared at the end of each."""
        enough = "/tmp/enough"
        work = self._fio(targets, {"bs": "4k", "iodepth": 16, "ioengine": "libaio", "rw": "randwrite",
                                   "size": "8m", **VERIFY})  # fmt: skip
        job = self.vm.spawn(f"until [ -e {enough} ]; do {work} || exit; done; rm {enough}")
        self.await_io(targets[0])
        yield job
        self.vm.run(f": >{enough}")
        for done in report(self.vm.wait(job, timeout)):
            assert done["error"] == 0
            assert done["write"]["io_bytes"] == done["read"]["io_bytes"] > 0

    def await_io(self, target: int, count: int = 100) -> None:
        """Until a disk has carried out so many more I/O operations."""
        stat = f"/sys/block/{self.disk(target)[5:]}/stat"
        done = f"awk '{{ print $1 + $5 }}' {stat}"
        self.vm.run(f"s=$({done}); until [ $({done}) -ge $((s + {count})) ]; do usleep 20000; done")


def assert_works(host: Host, target: int = 0) -> None:
    """A disk still keeps what it is given."""
    (job,) = host.fio(target, bs="4k", iodepth=16, rw="randwrite", size="2m", ioengine="libaio",
                      **VERIFY)  # fmt: skip
    assert job["error"] == 0


def report(text: Output | str) -> list[dict[str, Any]]:
    """The jobs of fio's JSON, of one run after the other."""
    runs = re.split(r"(?m)^(?=\{$)", text)[1:]
    return [job for run in runs for job in json.loads(run)["jobs"]]
