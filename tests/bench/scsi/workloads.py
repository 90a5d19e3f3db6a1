# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What is measured: each workload as arguments of guest/diskload.c and the disk that it is for."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024

# What is behind a disk, by what it is called: microseconds that each command takes.
DISKS = {"instant": 0, "slow": 100}


@dataclass(frozen=True)
class Workload:
    """`unit` is what one operation is."""

    name: str
    kind: str
    size: int
    depth: int
    count: int
    disk: str = "instant"
    poll: bool = False
    unit: str = "I/O"

    @property
    def arguments(self) -> str:
        return f"{self.kind} {self.size} {self.depth} {self.count}{' poll' if self.poll else ''}"


# As much at once as a disk may have: what limits the depth shows.
DEEP = Workload("4k-qd254-100us", "randread", 4 * KIB, 254, 32000, "slow")

ALL = (
    Workload("4k-qd1", "randread", 4 * KIB, 1, 2000),
    Workload("4k-qd32", "randread", 4 * KIB, 32, 16000),
    Workload("4k-qd1-100us", "randread", 4 * KIB, 1, 1000, "slow"),
    Workload("4k-qd32-100us", "randread", 4 * KIB, 32, 16000, "slow"),
    Workload("128k-read", "read", 128 * KIB, 8, 1600),
    Workload("128k-write", "write", 128 * KIB, 8, 1600),
    Workload("1m-read", "read", KIB * KIB, 4, 400),
    Workload("poll-qd1", "randread", 4 * KIB, 1, 4000, poll=True),
    Workload("poll-qd32", "randread", 4 * KIB, 32, 16000, poll=True),
    DEEP,
)
