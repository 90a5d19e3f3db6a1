# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""How soon a sent buffer is free: by its own doorbell or interrupt, with no need for a later frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from ..verdicts import OURS

# In ms of the guest's clock. A host that is busy elsewhere may stop any one of them for a while.
MEDIAN_MS = 2
LONGEST_MS = 200


@dataclass(frozen=True)
class Freed:
    """Milliseconds: of a stream of frames, and of single ones."""

    stream_median: float
    stream_longest: float
    single_median: float
    single_longest: float

    def in_time(self) -> bool:
        return (max(self.stream_median, self.single_median) <= MEDIAN_MS
                and max(self.stream_longest, self.single_longest) <= LONGEST_MS)


@dataclass(frozen=True)
class Appendix:
    """Of each driver; of ours with the verdict."""

    times: Mapping[str, Freed]

    def text(self) -> str:
        lines = ["Time until a sent buffer is free again, in ms",
                 f"{'':16}{'stream: median':>16}{'longest':>10}{'single: median':>16}{'longest':>10}"]
        for driver, time in self.times.items():
            verdict = ""
            if driver == OURS:
                verdict = (f"  {'PASS' if time.in_time() else 'FAIL'}  "
                           f"at most {MEDIAN_MS} and {LONGEST_MS}")
            lines.append(f"  {driver:14}{time.stream_median:16.2f}{time.stream_longest:10.2f}"
                         f"{time.single_median:16.2f}{time.single_longest:10.2f}{verdict}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        return {"freed_ms": {driver: asdict(time) for driver, time in self.times.items()}}

    def failed(self) -> int:
        return sum(not time.in_time() for driver, time in self.times.items() if driver == OURS)
