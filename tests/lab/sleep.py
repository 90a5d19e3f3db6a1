# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Sleep of a guest, of each kind, and back."""

from __future__ import annotations

from collections.abc import Callable

from .vm import VM


def to_memory(vm: VM, meanwhile: Callable[[], object] = lambda: None) -> None:
    """S3, and awake again by the machine's power button, as it were."""
    mark = vm.mark()
    # The firmware forgets where the chipset's power registers were; without them nothing sleeps.
    job = vm.spawn("cd /sys/bus/pci/devices/0000:00:1f.0; dd if=config of=/tmp/pm bs=1 skip=64 count=8\n"
                   "echo deep >/sys/power/mem_sleep; echo mem >/sys/power/state; s=$?\n"
                   "dd if=/tmp/pm of=config bs=1 seek=64 conv=notrunc; exit $s")  # fmt: skip
    vm.wait_event("SUSPEND")
    meanwhile()
    vm.qmp("system_wakeup")
    vm.wait(job)
    # QEMU takes no frame after one that came meanwhile, until its machine has stood still and goes on.
    vm.qmp("stop")
    vm.qmp("cont")
    vm.wait_console("suspend exit", since=mark)


def to_idle(vm: VM) -> None:
    """Only the devices sleep. Nothing in this machine would wake a guest that waits for an
    interrupt, so the kernel's own test of suspend has them wake up again.
    """
    stage(vm, "platform", "freeze")


def stage(vm: VM, level: str, state: str) -> None:
    """The kernel's own test of suspend: as far as the level, and back again."""
    mark = vm.mark()
    vm.run("echo 1 >/sys/module/suspend/parameters/pm_test_delay\n"
           f"echo {level} >/sys/power/pm_test; echo deep >/sys/power/mem_sleep\n"
           f"echo {state} >/sys/power/state; s=$?; echo none >/sys/power/pm_test; exit $s")
    vm.wait_console("suspend exit", since=mark)
