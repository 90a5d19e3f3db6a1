# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A guest's balloon, from both sides: what the host wants and counts, and what the guest has left."""

from __future__ import annotations

from typing import Any

from emul.vmhostctl import Control
from lab.vm import VM

FRAMES_PER_MIB = 256


class Balloon:
    def __init__(self, vm: VM, control: Control) -> None:
        self.vm = vm
        self.control = control

    def set(self, **knobs: Any) -> None:
        self.control.do("balloon", **knobs)

    def state(self) -> dict[str, Any]:
        return self.control.state("balloon")

    def await_op(self, op: str, since: int, **fields: Any) -> dict[str, Any]:
        timeout = 60 * self.vm.slowness
        return self.control.wait("balloon", timeout=timeout, since=since, op=op, **fields)

    def inflate(self, mib: int, **knobs: Any) -> None:
        """Or deflate: sets the target, and waits until the guest is there."""
        mark = self.control.mark()
        frames = mib * FRAMES_PER_MIB
        if self.state()["size"] == frames:
            self.set(target=frames, **knobs)
            return
        self.set(target=frames, **knobs)
        self.await_op("size", mark, size=frames)

    def load(self) -> None:
        """Has a guest without capabilities of yesterday's, and an empty balloon."""
        mark = self.control.mark()
        self.vm.run("modprobe -a vmw_vmci vmw_balloon")
        self.await_op("guest-id", mark, id=1)

    def unload(self) -> None:
        self.vm.run("rmmod vmw_balloon")

    def free_mib(self) -> int:
        # What was read meanwhile is no matter of the balloon's.
        return int(self.vm.run("echo 3 >/proc/sys/vm/drop_caches; "
                               "sed -n 's/^MemFree: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo")) // 1024

    def use_memory(self, mib: int) -> None:
        """Writes to that much of what the guest has left."""
        self.vm.run(f"mkdir -p /run/load && mount -t tmpfs -o size={mib + 1}m load /run/load && "
                    f"dd if=/dev/zero of=/run/load/a bs=1M count={mib} 2>/dev/null; "
                    "status=$?; umount /run/load; exit $status")  # fmt: skip

    def check(self) -> tuple[int, int]:
        """Has the host look at all frames that it has overwritten: how many, and how many are changed."""
        mark = self.control.mark()
        self.set(check=True)
        found = self.await_op("checked", mark)
        return found["frames"], found["touched"]

    def assert_books_are_right(self) -> None:
        """The guest has used nothing that it gave away, and gave nothing twice."""
        state = self.state()
        assert {k: state[k] for k in ("touched", "doubleLocks", "doubleUnlocks")} == {
            "touched": 0, "doubleLocks": 0, "doubleUnlocks": 0}  # fmt: skip
