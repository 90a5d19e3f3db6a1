# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The host's side of the line protocol that guest/agent.c speaks on the second serial port.

    host:   <id> <base64 of a shell command>
    guest:  <id> <exit status> <base64 of stdout and stderr>
            ready                                   after each start

Only the protocol: deadlines and what a dead guest means are the business of vm.py.
"""

from __future__ import annotations

import base64
import binascii
import itertools
from dataclasses import dataclass


class Output(str):
    """What a command printed; `rc` is its exit status, 128 + n if signal n killed it."""

    rc: int

    def __new__(cls, text: str, rc: int) -> Output:
        self = super().__new__(cls, text)
        self.rc = rc
        return self


@dataclass
class Job:
    id: int
    command: str
    output: Output | None = None


class Agent:
    """Turns commands into request lines and reply lines into finished jobs."""

    def __init__(self) -> None:
        self.starts = 0
        self.jobs: dict[int, Job] = {}
        self.strays: list[str] = []  # lines that are no reply: a broken agent, never a broken test
        self._ids = itertools.count(1)
        self._rest = b""

    def request(self, command: str) -> tuple[Job, bytes]:
        job = Job(next(self._ids), command)
        self.jobs[job.id] = job
        return job, b"%d %s\n" % (job.id, base64.b64encode(command.encode()))

    def take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take_line(line.decode("ascii", "replace").strip("\r"))

    def _take_line(self, line: str) -> None:
        if line.endswith("ready"):  # the firmware may have left rubbish on the line before it
            self.starts += 1
            return
        try:
            job_id, rc, text = line.split(" ", 2)
            out = base64.b64decode(text, validate=True).decode(errors="replace")
            self.jobs[int(job_id)].output = Output(out, int(rc))
        except (ValueError, KeyError, binascii.Error):
            self.strays.append(line)
