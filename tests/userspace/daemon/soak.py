# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A flood of the host's commands, and what vmguestd is after it that it was not before."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from .running import DEADLINE, Running

# The first of them is what the host says most; the others cost more, and come in turn.
COMMON = ("ping", "Set_Option copypaste 1", "Set_Option enableDnD 0", "vmx.no_such_command x")
RARE = ("Set_Option broadcastIP 1", "Capabilities_Register", "Set_Option synctime 1",
        "Set_Option synctime 0", "Time_Synchronize 0", "Set_Option no_such_option 1", "reset",
        "Resolution_Set 800 600", "vmbackup.abort", "deployPkg.begin")  # fmt: skip
RARE_EVERY = 50
# So many are under way at once, of the 64 that the host lets one client have.
WINDOW = 48
# The allocator's: a few pages now and then. A byte a message would be more in the shortest test.
NOISE_KIB = 16
# As far as the client waits before it looks at both processes.
CHUNK = 5000


@dataclass(frozen=True)
class Size:
    """Of both processes. Memory without a file behind it: what is private of files depends on who else maps them."""

    anonymous_kib: int
    descriptors: int

    def __sub__(self, other: Size) -> Size:
        return Size(self.anonymous_kib - other.anonymous_kib, self.descriptors - other.descriptors)


def size(daemon: Running) -> Size:
    """Of both processes, when no child of the broker's lives."""
    # Who is answered comes after all those whose end the worker has to see.
    with daemon.asked({"get": "status"}):
        pids = daemon.both()
        return Size(sum(map(_anonymous_kib, pids)), sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids))


def _anonymous_kib(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return int(text.split("\nAnonymous:")[1].split()[0])


def messages(daemon: Running) -> int:
    """What has been said so far by either side, answers not counted."""
    counters = daemon.ask({"get": "status"})["daemon"]["counters"]
    return counters["tclo_commands"] + counters["rpci_requests"]


def flood(daemon: Running, count: int) -> None:
    """Returns when `count` more messages have been exchanged, and all is answered."""
    end = messages(daemon) + count
    with socket.socket(socket.AF_UNIX) as host:
        host.settimeout(DEADLINE)
        host.connect(str(daemon.folder / "host"))
        number = 0
        while messages(daemon) < end:
            _chunk(host, number)
            number += CHUNK


def _chunk(host: socket.socket, number: int) -> None:
    answers = host.makefile("rb")
    asked = 0
    for answered in range(CHUNK):
        while asked < CHUNK and asked - answered < WINDOW:
            request = {"id": asked, "do": "tclo", "command": _command(number + asked),
                       "timeout": DEADLINE}  # fmt: skip
            host.sendall(json.dumps(request).encode() + b"\n")
            asked += 1
        answer = json.loads(answers.readline())
        assert answer["ok"], answer


def _command(number: int) -> str:
    if number % RARE_EVERY:
        return COMMON[number % len(COMMON)]
    return RARE[number // RARE_EVERY % len(RARE)]
