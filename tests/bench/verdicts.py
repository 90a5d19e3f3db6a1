# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What our driver must reach: bars, and whether a result clears them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .figures import METRICS, Figures

OURS = "ours"
IN_TREE = "in-tree"

# Figures by workload and driver.
Results = Mapping[str, Mapping[str, Figures]]


@dataclass(frozen=True)
class Bar:
    """What driver `ours` must reach: `limit` is absolute, or a part of the figure of driver `of` if
    `relative`.
    """

    workload: str
    metric: str
    limit: float
    relative: bool = False
    noise: float = 0
    ours: str = OURS
    of: str = IN_TREE


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
        return (f"{'PASS' if self.passed else 'FAIL'}  {self.bar.workload:11} {metric.title:12} "
                f"ours {self.ours:10.{digits}f}  {self.bar.of} {self.theirs:10.{digits}f}  "
                f"{ratio:>9}  at most {wanted}")


def assess(bars: Iterable[Bar], results: Results) -> list[Verdict]:
    """All bars for which both drivers have figures."""
    return [Verdict(bar, by_driver[bar.ours].figure(bar.metric),
                    by_driver[bar.of].figure(bar.metric))
            for bar in bars if (by_driver := results.get(bar.workload))
            and bar.ours in by_driver and bar.of in by_driver]
