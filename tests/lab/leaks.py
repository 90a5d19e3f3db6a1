# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""kmemleak in a guest: which allocations nothing points to any more, and who made them.

kmemleak reports an object that a scan finds unreferenced, unchanged since the scan before, and five
seconds old. So `scan()` scans at least twice, and until a scan began after that age by the guest's
own clock: the scans themselves are what takes the time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .vm import VM

FILE = "/sys/kernel/debug/kmemleak"
MIN_AGE = 5.2  # seconds; MSECS_MIN_AGE of mm/kmemleak.c and a little
_ADDRESS = re.compile(r"0x([0-9a-f]{16})\b|\[<([0-9a-f]{16})>\]")


@dataclass(frozen=True)
class Module:
    """Where a module's code is: once it is unloaded, traces have bare addresses."""

    name: str
    start: int
    size: int

    def made(self, report: str) -> bool:
        if f"[{self.name}]" in report:
            return True
        addresses = (int(a or b, 16) for a, b in _ADDRESS.findall(report.partition("backtrace")[2]))
        return any(self.start <= address < self.start + self.size for address in addresses)


def modules(vm: VM) -> list[Module]:
    """The modules that are loaded now."""
    found = []
    for line in vm.run("cat /proc/modules").splitlines():
        words = line.split()
        found.append(Module(words[0], int(words[5], 16), int(words[1])))
    return found


def unload(vm: VM, names: Sequence[str], timeout: float = 60) -> None:
    """Of the modules, those that are loaded; who still takes something down holds them for a while."""
    for name in names:
        vm.run(f"while grep -q '^{name} ' /proc/modules; do rmmod {name} || usleep 20000; done", timeout)


def left_behind(vm: VM, names: Sequence[str]) -> list[str]:
    """Unloads modules and reports what is lost, by them or by others: it is so for good once they
    are gone with all that they held."""
    loaded = [module for module in modules(vm) if module.name in names]
    unload(vm, names)
    found = []
    for report in scan(vm):
        makers = ", ".join(module.name for module in loaded if module.made(report))
        found.append(f"leaked by {makers or 'others'}:\n{report}")
    return found


def scan(vm: VM) -> list[str]:
    """kmemleak's reports of all that is lost by now."""
    old_enough = _uptime(vm) + MIN_AGE
    vm.run(f"echo scan >{FILE}", timeout=120)
    last_began = 0.0
    while last_began < old_enough:
        last_began = _uptime(vm)
        vm.run(f"echo scan >{FILE}", timeout=120)
    text = vm.run(f"cat {FILE}", timeout=120)
    return [f"unreferenced object {part}".rstrip() for part in
            re.split(r"^unreferenced object ", text, flags=re.MULTILINE)[1:]]  # fmt: skip


def _uptime(vm: VM) -> float:
    return float(vm.run("cat /proc/uptime").split()[0])
