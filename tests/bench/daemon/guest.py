# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""One guest of the emulated host with both daemons, of which one runs at a time, and what is measured
of it.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import cc, openvmtools, vmguestd
from lab.kernels import Kernel
from lab.net import Nic
from lab.vm import VM
from lab.vmhost import VmHost

_INTERFACES = Path(__file__).parents[3] / "drivers/include"
_START = Path(__file__).parent / "guest/start.c"
# Under emulation, on a machine that may have other things to do.
_DEADLINE_SECONDS = 120

_SCRIPT = "/usr/sbin/pre-freeze-script"
# It computes until it is told to end, and then wants no snapshot.
_SCRIPT_TEXT = b"""#!/bin/sh
: >/run/script-runs
while [ -e /run/busy ]; do :; done
exit 1
"""
# Two for each processor that compute, and one who gives the daemon something to look at.
_LOAD = """: >/run/busy
for hog in 1 2 3 4; do (while [ -e /run/busy ]; do :; done) & done
while [ -e /run/busy ]; do
  ip address add 198.51.100.7/32 dev eth0
  mount -t tmpfs tmpfs /mnt
  ip address del 198.51.100.7/32 dev eth0
  umount /mnt
done
wait
"""


@dataclass(frozen=True)
class System:
    """`units` have the daemon's processes, the first one starts all. `program` does without them.
    After `quiet` seconds it has said what there is to say, and is as quiet as it gets.
    """

    name: str
    units: tuple[str, ...]
    program: str
    files: str  # a command of the shell that lists what it comes with
    quiet: int


VENDOR = System("vmtoolsd", ("open-vm-tools",), "/usr/bin/vmtoolsd",
                "dpkg -L open-vm-tools | grep -e bin/ -e '\\.so'", 40)  # fmt: skip
OURS = System("vmguestd", ("vmguestd", "vmguestd-broker"), "/usr/sbin/vmguestd",
              "echo /usr/sbin/vmguestd /usr/bin/vmguest", 70)  # fmt: skip


class _Hub:
    """What the guest's NIC is plugged into: there is nobody else, and no namespace is needed."""

    def netdev(self, name: str) -> str:
        return f"hubport,id={name},hubid=0"

    def fds(self) -> list[int]:
        return []


class Guest:
    """A context manager. `kernel` is what it runs."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        # When the host asks, seen from the guest, is to be chance, and the same in each run.
        self._chance = random.Random(1)

    def __enter__(self) -> Guest:
        start = cc.build("start", [_START], (*cc.STATIC, f"-I{_INTERFACES}"),
                         [_INTERFACES / "vmw/backdoor_dev.h"])  # fmt: skip
        with ExitStack() as stack:
            host = stack.enter_context(VmHost({"memory": openvmtools.MEMORY}))
            config = openvmtools.config(vmguestd.disk_of_both(), host)
            self._vm = stack.enter_context(
                VM(self._kernel, openvmtools.guest_layers(self._kernel),
                   [Nic(_Hub(), "virtio-net-pci")], name="bench", **config))  # fmt: skip
            self._vm.boot()
            self._run("systemctl is-system-running --wait")
            self._run("ip link set eth0 up && ip address add 192.0.2.2/24 dev eth0")
            self._vm.put("/run/start", start.read_bytes(), mode="755")
            self._vm.put(_SCRIPT, _SCRIPT_TEXT, mode="755")
            self._control = stack.enter_context(host.control())
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.close()

    def _run(self, command: str, seconds: int = 0) -> str:
        return self._vm.run(command, timeout=_DEADLINE_SECONDS + seconds)

    @contextmanager
    def service(self, system: System) -> Iterator[None]:
        """Its units are started, and have become quiet."""
        mark = self._control.mark()
        self._run(f"systemctl start {system.units[0]}")
        for event, match in (("capability", {"name": "statechange"}), ("nics", {"item": "*"})):
            self._control.wait(event, since=mark, timeout=_DEADLINE_SECONDS, **match)
        self._run(f"sleep {system.quiet}", system.quiet)
        yield
        self._run(f"systemctl stop {' '.join(system.units)}")

    def wakeups(self, system: System, seconds: int) -> float:
        """A minute: how often its threads went to sleep, of which they were woken as often."""
        before = self._sleeps(system)
        self._run(f"sleep {seconds}", seconds)
        after = self._sleeps(system)
        return sum(count - before.get(thread, 0) for thread, count in after.items()) * 60 / seconds

    def _sleeps(self, system: System) -> dict[str, int]:
        """By thread."""
        files = " ".join(f"/proc/{pid}/task/*/status" for pid in self._pids(system))
        found = re.findall(r"^Pid:\s+(\d+)$.*?^voluntary_ctxt_switches:\s+(\d+)$",
                           self._run(f"cat {files}"), re.MULTILINE | re.DOTALL)  # fmt: skip
        return {thread: int(count) for thread, count in found}

    def _pids(self, system: System) -> list[str]:
        """Of all processes of the service."""
        return self._run("".join(f"cat /sys/fs/cgroup/system.slice/{unit}.service/cgroup.procs;"
                                 for unit in system.units)).split()  # fmt: skip

    def private_kib(self, system: System) -> dict[str, int]:
        """What each process alone has."""
        sizes = {}
        for pid in self._pids(system):
            found = re.findall(r"^Private_\w+:\s+(\d+) kB", self._run(f"cat /proc/{pid}/smaps_rollup"),
                               re.MULTILINE)  # fmt: skip
            sizes[pid] = sum(map(int, found))
        return sizes

    def answers(self, count: int, pause: float) -> list[float]:
        """Milliseconds from the host's command to the guest's answer. Between two of them the host is
        silent for `pause` seconds and up to one more, so that they meet the daemon anywhere.
        """
        times = []
        for _ in range(count):
            time.sleep(pause + self._chance.random())
            begun = time.monotonic()
            self._control.tclo("ping", timeout=_DEADLINE_SECONDS)
            times.append(1000 * (time.monotonic() - begun))
        return times

    @contextmanager
    def busy(self) -> Iterator[None]:
        """The script of a snapshot computes, and so does the rest of the guest, whose addresses and
        mounts come and go. How the snapshot ends is not looked at; the host begins the next one in any
        case.
        """
        load = self._vm.spawn(_LOAD)
        self._control.do("quiesce", op="start", force=True, timeout=_DEADLINE_SECONDS)
        self._run("until [ -e /run/script-runs ]; do sleep 0.1; done")
        yield
        self._run("rm /run/busy /run/script-runs")
        self._vm.wait(load, _DEADLINE_SECONDS)

    def start_ms(self, system: System) -> float:
        """From its exec until the host knows what it can do."""
        mark = self._control.mark()
        job = self._vm.spawn(f"exec /run/start {system.program} >/dev/null 2>&1")
        begun = self._control.wait("stop-catchup", since=mark, timeout=_DEADLINE_SECONDS)
        known = self._control.wait("capability", since=begun["seq"], timeout=_DEADLINE_SECONDS,
                                   name="statechange")  # fmt: skip
        self._vm.stop(job)
        return 1000 * (known["time"] - begun["time"])

    def installed_kib(self, system: System) -> float:
        """Programs and libraries of its own."""
        files = self._run(f"for file in $({system.files}); do [ -L $file ] || [ -d $file ] || "
                          "stat -c %s $file; done")  # fmt: skip
        return sum(map(int, files.split())) / 1024
