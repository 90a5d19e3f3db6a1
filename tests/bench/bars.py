# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What our driver must reach: the bars, and whether a result clears them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from . import workloads
from .figures import METRICS, Figures
from .guest import Freed

# Figures of one workload by driver, as net.py collects them.
Results = Mapping[str, Mapping[str, Figures]]

# What may be left of ticks and housekeeping in the least disturbed repeat, as a part.
NOISE = 0.01


@dataclass(frozen=True)
class Bar:
    """`limit` is absolute, or a part of the in-tree driver's figure if `relative`."""

    workload: str
    metric: str
    limit: float
    relative: bool = False
    noise: float = 0


@dataclass(frozen=True)
class Verdict:
    bar: Bar
    ours: float
    theirs: float

    @property
    def allowed(self) -> float:
        return self.bar.limit * (self.theirs if self.bar.relative else 1) * (1 + self.bar.noise)

    @property
    def passed(self) -> bool:
        return self.ours <= self.allowed

    def __str__(self) -> str:
        metric = METRICS[self.bar.metric]
        digits = max(metric.digits, 1)
        ratio = f"{self.ours / self.theirs:.3f} x" if self.theirs else "-"
        wanted = f"{self.bar.limit:g} x" if self.bar.relative else f"{self.bar.limit:g}"
        return (f"{'PASS' if self.passed else 'FAIL'}  {self.bar.workload:9} {metric.title:12} "
                f"ours {self.ours:10.{digits}f}  in-tree {self.theirs:10.{digits}f}  "
                f"{ratio:>9}  at most {wanted}")


BARS = (
    Bar("pktgen-8", "writes", 0.15),
    Bar("udp-tx", "writes", 1.05),
    Bar("udp-rr", "writes", 2.05),
    Bar("udp-rx", "writes", 1, relative=True, noise=NOISE),
    Bar("udp-tx", "interrupts", 0.1),
    Bar("udp-rr", "interrupts", 1.1),
    Bar("udp-tx", "driver", 0.7, relative=True),
    Bar("udp-rx", "driver", 0.9, relative=True),
    Bar("tcp-rx", "total", 0.75, relative=True),
    # Nothing gets worse for it, and nothing is moved to the timers.
    *(Bar(w.name, "total", 1.02, relative=True) for w in workloads.ALL if w.name != "tcp-rx"),
    *(Bar(w.name, "exits", 1, relative=True, noise=NOISE) for w in workloads.ALL),
)


# A sent buffer is free so soon, in ms of the guest's clock: by its own doorbell or interrupt, with
# no need for a later frame. A host that is busy elsewhere may stop any one of them for a while.
FREED_MEDIAN_MS = 2
FREED_LONGEST_MS = 200


def freed_in_time(freed: Freed) -> bool:
    return (max(freed.stream_median, freed.single_median) <= FREED_MEDIAN_MS
            and max(freed.stream_longest, freed.single_longest) <= FREED_LONGEST_MS)


def assess(results: Results, ours: str, theirs: str) -> list[Verdict]:
    """All bars for which both drivers have figures."""
    return [Verdict(bar, by_driver[ours].figure(bar.metric), by_driver[theirs].figure(bar.metric))
            for bar in BARS if (by_driver := results.get(bar.workload))
            and ours in by_driver and theirs in by_driver]
