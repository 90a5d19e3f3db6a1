# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What the guests of all benchmarks have in common."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable
from pathlib import Path

from lab.vm import VM

PROGRAMS = Path(__file__).parent / "guest"
CPU = 1
# Emulated, counted, and on a machine that may have other things to do.
DEADLINE_SECONDS = 300
# A stable clock that costs no device access, as on the real hypervisor, and addresses of code
# that are the same in each run.
APPEND = "tsc=reliable no_timer_check nokaslr quiet"


class Machine:
    """A guest with the counter's plugin; who derives from it boots `_vm`."""

    _vm: VM

    def _run(self, command: str) -> str:
        return self._vm.run(command, timeout=DEADLINE_SECONDS)

    def name_ranges(self, modules: Iterable[str]) -> None:
        """Tells the plugin where the driver's code is.

        A module's text ends before the next module's begins: the size in /proc/modules counts its
        data too.
        """
        found = self._run("cd /sys/module; grep -H . */sections/.text*; awk '{ print $1, $2 }' "
                          "/proc/modules").splitlines()
        starts: dict[str, int] = {}
        for line in found:
            if ":" in line:
                name, address = line.split("/")[0], int(line.split(":")[1], 16)
                starts[name] = min(address, starts.get(name, address))
        sizes = dict(line.split() for line in found if ":" not in line)
        for name in modules:
            if low := starts.get(name):
                high = min([low + int(sizes[name]),
                            *(start for start in starts.values() if start > low)])
                self._run(f"vmcount range {name} {low:x} {high:x}")

    def symbols(self, modules_only: bool) -> str:
        """Names of code as in /proc/kallsyms; those of the kernel itself take long to carry."""
        kind = "grep '\\[' /proc/kallsyms" if modules_only else "grep -v '\\[' /proc/kallsyms"
        packed = self._run(f"{kind} | grep -i ' [tw] ' | gzip -9 | base64")
        return gzip.decompress(base64.b64decode(packed)).decode()
