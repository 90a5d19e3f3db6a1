# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Whether vmguestd grows: the shipped program in a flood of messages, and its worker in a day of
simulated time under memcheck. Both on this machine, beside an emulated host.
"""

from __future__ import annotations

import os
import subprocess

from lab import progress
from userspace.daemon import running, soak
from userspace.guest import build_programs


def flood(messages: int) -> dict[str, list[float]]:
    """The first tenth warms up."""
    build_programs()
    daemon = running.Running()
    try:
        running.registered(daemon)
        soak.flood(daemon, messages // 10)
        before = soak.size(daemon)
        soak.flood(daemon, messages - messages // 10)
        grown = soak.size(daemon) - before
        return {"messages": [soak.messages(daemon)], "flood-memory": [grown.anonymous_kib],
                "flood-descriptors": [grown.descriptors]}  # fmt: skip
    finally:
        daemon.close()


def memcheck() -> dict[str, list[float]]:
    done = subprocess.run(["make", "-s", "-C", running.HERE, "valgrind"], check=False, text=True,
                          env={**os.environ, "CK_RUN_SUITE": "soak"}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)  # fmt: skip
    if done.returncode:
        progress.say(done.stdout)
    return {"memcheck": [done.returncode]}
