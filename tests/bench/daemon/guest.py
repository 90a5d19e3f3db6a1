# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""One system with its daemon, on the emulated host, and what is measured of it."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import cc, openvmtools, progress, vmguestd
from lab.kernels import Kernel
from lab.net import Nic, Tap
from lab.vm import VM
from lab.vmhost import VmHost

_INTERFACES = Path(__file__).parents[3] / "drivers/include"
_START = Path(__file__).parent / "guest/start.c"
# The guest has settled when it has said nothing new for so long.
_QUIET_SECONDS = 30


@dataclass(frozen=True)
class System:
    """`units` have the daemon's processes, `program` starts all of them, `files` are what it comes with."""

    name: str
    disk: Callable[[], Path]
    units: tuple[str, ...]
    program: str
    files: str  # a command of the shell that lists them


VENDOR = System("vmtoolsd", lambda: openvmtools.disk("13"), ("open-vm-tools",), "/usr/bin/vmtoolsd",
                "dpkg -L open-vm-tools | grep -e bin/ -e '\\.so'")  # fmt: skip
OURS = System("vmguestd", vmguestd.disk, ("vmguestd", "vmguestd-broker"), "/usr/sbin/vmguestd",
              "echo /usr/sbin/vmguestd /usr/bin/vmguest")  # fmt: skip


class Guest:
    """A context manager."""

    def __init__(self, kernel: Kernel, system: System) -> None:
        self._kernel = kernel
        self._system = system

    def __enter__(self) -> Guest:
        start = cc.build("start", [_START], (*cc.STATIC, f"-I{_INTERFACES}"),
                         [_INTERFACES / "vmw/backdoor_dev.h"])  # fmt: skip
        with ExitStack() as stack:
            tap = stack.enter_context(Tap("tap0", addresses=("192.0.2.1/24",)))
            host = stack.enter_context(VmHost({"memory": openvmtools.MEMORY}))
            config = openvmtools.config(self._system.disk(), host, "cloud-init=disabled net.ifnames=0")
            self._vm = stack.enter_context(
                VM(self._kernel, openvmtools.guest_layers(self._kernel),
                   [Nic(tap, "virtio-net-pci")], name="bench", **config))  # fmt: skip
            with progress.step(f"boot {self._kernel.release} with {self._system.name}"):
                self._vm.boot()
                self._vm.run("systemctl is-system-running --wait", timeout=180, check=False)
            self._vm.run("ip link set eth0 up && ip address add 192.0.2.2/24 dev eth0")
            self._vm.put("/run/start", start.read_bytes(), mode="755")
            self._control = stack.enter_context(host.control())
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.close()

    def measure(self, starts: int, seconds: int) -> dict[str, float]:
        name = self._system.name
        with progress.step(f"{name}: left alone for {seconds} s"):
            self._settle()
            before = self._switches()
            self._vm.run(f"sleep {seconds}", timeout=seconds + 60)
            wakeups = (self._switches() - before) * 60 / seconds
        private = self._private()
        processes = len(self._pids())
        with progress.step(f"{name}: started {starts} times"):
            self._vm.run(f"systemctl stop {' '.join(self._system.units)}")
            times = [self._start() for _ in range(starts)]
        return {"private_kib": private, "processes": processes, "wakeups_per_minute": wakeups,
                "start_ms": 1000 * statistics.median(times), "installed_kib": self._installed()}  # fmt: skip

    def _settle(self) -> None:
        """Until all that it says at its start is said."""
        wait = self._control.wait
        wait("capability", timeout=120, name="statechange")
        wait(["guestinfo", "nics"], since=self._control.mark(), timeout=120, item="*")
        self._vm.run(f"sleep {_QUIET_SECONDS}")

    def _pids(self) -> list[str]:
        """Of all processes of the service."""
        return self._vm.run("".join(f"cat /sys/fs/cgroup/system.slice/{unit}.service/cgroup.procs;"
                                    for unit in self._system.units)).split()  # fmt: skip

    def _switches(self) -> int:
        """How often its threads have been given a processor."""
        files = " ".join(f"/proc/{pid}/task/*/status" for pid in self._pids())
        found = re.findall(r"ctxt_switches:\s+(\d+)", self._vm.run(f"cat {files}"))
        return sum(map(int, found))

    def _private(self) -> int:
        """KiB that it alone has."""
        files = " ".join(f"/proc/{pid}/smaps_rollup" for pid in self._pids())
        found = re.findall(r"^Private_\w+:\s+(\d+) kB", self._vm.run(f"cat {files}"), re.MULTILINE)
        return sum(map(int, found))

    def _start(self) -> float:
        """Seconds from its exec until the host knows what it can do."""
        mark = self._control.mark()
        job = self._vm.spawn(f"exec /run/start {self._system.program} >/dev/null 2>&1")
        begun = self._control.wait("stop-catchup", since=mark, timeout=60)
        known = self._control.wait("capability", since=begun["seq"], timeout=60, name="statechange")
        self._vm.stop(job)
        return known["time"] - begun["time"]

    def _installed(self) -> float:
        """KiB of programs and libraries of its own."""
        files = self._vm.run(f"for file in $({self._system.files}); do [ -L $file ] || [ -d $file ] || "
                             "stat -c %s $file; done")  # fmt: skip
        return sum(map(int, files.split())) / 1024
