# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""open-vm-tools in a guest, from both sides: its programs run, and what the host knows of it."""

from __future__ import annotations

from typing import Any

from emul.vmhostctl import Control
from lab.agent import Output
from lab.vm import VM


class Tools:
    def __init__(self, vm: VM, control: Control) -> None:
        self.vm = vm
        self.control = control

    def state(self, part: str = "tools") -> Any:
        return self.control.state(part)

    def await_event(self, event: str | list[str], since: int, timeout: float = 40, **match: Any) -> dict[str, Any]:
        return self.control.wait(event, timeout=timeout * self.vm.slowness, since=since, **match)

    def await_running(self) -> None:
        """Until the service is there, and has nothing left to do of what a host asks it at first."""
        while True:
            mark = self.control.mark()
            if not self.state()["running"]:
                self.await_event("tools", mark, running=True)
            elif "statechange" not in self.state()["capabilities"]:
                self.await_event("capability", mark, name="statechange")
            elif self.state("tclo")["queue"] or self.state("tclo")["current"] or self.state("power")["executing"]:
                self.await_event(["tclo", "statechange"], mark)
            else:
                return

    def tclo(self, command: str, timeout: float = 30) -> str:
        """What the service answers."""
        return self.control.do("tclo", command=command, timeout=timeout * self.vm.slowness)["reply"]

    def power(self, op: str, timeout: float = 30) -> str:
        """The same, to a state change."""
        return self.control.do("power", op=op, timeout=timeout * self.vm.slowness)["reply"]

    def quiesce(self, op: str, timeout: float = 30, **options: Any) -> str:
        """The same, to a step of a snapshot."""
        return self.control.do("quiesce", op=op, timeout=timeout * self.vm.slowness, **options)["reply"]

    def program(self, command: str, timeout: float = 60) -> tuple[int, str, str]:
        """Status, standard output and standard error apart: callers of these programs tell them apart."""
        output = self.vm.run(f"{command} 2>/run/stderr", timeout, check=False)
        return output.rc, str(output), str(self.vm.run("cat /run/stderr"))

    def rpc(self, command: str) -> Output:
        return self.vm.run(f"vmware-rpctool '{command}'")

    def clock(self) -> float:
        return float(self.vm.run("date +%s.%N"))
