# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""vmguestd in a guest, from both sides: what the host knows of it, and its two processes."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest

from emul.vmhostctl import HostError
from selftests.vmhost.tools import Tools

WORKER, BROKER = "vmguestd", "vmguestd-broker"


def addresses(value: dict[str, Any]) -> set[str]:
    """Of a message about NICs."""
    return {address["address"] for nic in value["nics"] for address in nic["addresses"]}


def start_program(path: str, arguments: str, request: str = "") -> bytes:
    """The guest operation that runs a program, by a user with a password."""
    texts = path.encode(), arguments.encode(), b"/"
    body = struct.pack("<B5I", 0, *(len(text) + 1 for text in texts), 0, 0)
    body += b"".join(text + b"\0" for text in texts)
    header = struct.pack("<IHIIIIBIIIQII", 0xD00D0001, 5, 51 + len(body), 51, len(body), 0, 1, 185, 0, 60, 1, 0, 0)
    return b'Vix_1_Relayed_Command "%s"\0' % request.encode() + header + body


# VIX_E_OPERATION_DISABLED
REFUSED = b"OK 20005 0 "


class Service(Tools):
    def pid(self, unit: str = WORKER) -> int:
        return int(self.vm.run(f"systemctl show -P MainPID {unit}"))

    def status(self, unit: str = WORKER) -> dict[str, str]:
        """The fields of /proc/PID/status."""
        lines = self.vm.run(f"cat /proc/{self.pid(unit)}/status").splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def properties(self, unit: str, *names: str) -> list[str]:
        return [str(self.vm.run(f"systemctl show -P {name} {unit}")).strip() for name in names]

    def report(self) -> dict[str, Any]:
        """What `vmguest status --json` says."""
        return json.loads(self.vm.run("vmguest status --json", check=False))

    def known(self, item: str) -> Any:
        """What the host knows of it, once it does."""
        mark = self.control.mark()
        guest = self.state("guest")
        return guest[item] if item in guest else self.await_event([item, "guestinfo"], mark, item=item)["value"]

    def await_info(self, item: str, since: int, fits: Callable[[Any], bool], timeout: float = 20) -> dict[str, Any]:
        """The first message of that kind whose value is as wanted."""
        while True:
            event = self.await_event([item, "guestinfo"], since, timeout, item=item)
            if fits(event["value"]):
                return event
            since = event["seq"]

    def power(self, op: str) -> bool:
        """Asks for it and returns what the guest reports."""
        mark = self.control.mark()
        assert self.control.do("power", op=op)["reply"] == "OK "
        return self.await_event("statechange", mark, op=op)["status"]

    def stop(self, unit: str = WORKER) -> None:
        """Both processes: nobody waits for the end of the one that is stopped along with its unit."""
        self.vm.run(f"systemctl stop {unit}")
        self.vm.run(f"timeout 30 sh -c 'until systemctl show -P ActiveState {BROKER} | grep -qx inactive; do :; done'")

    def kill(self, unit: str) -> None:
        """As the kernel does when there is no memory."""
        self.vm.run(f"kill -9 {self.pid(unit)}")

    def never(self, since: int, event: str, **match: Any) -> None:
        """No such event has come since."""
        with pytest.raises(HostError, match="no such event"):
            self.control.wait(event, since=since, timeout=0, **match)

    def await_ping(self, seconds: float = 30) -> None:
        """Until it answers; requests before that may have met a channel that is no more."""
        due = time.monotonic() + seconds * self.vm.slowness
        while True:
            try:
                assert self.tclo("ping", timeout=due - time.monotonic()) == "OK "
                return
            except HostError:
                if time.monotonic() >= due:
                    raise
