# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What vmguestd must reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """`limit` is absolute, or a part of vmtoolsd's figure if `relative`."""

    figure: str
    limit: float
    relative: bool = True


BARS = (
    Bar("private_kib", 1 / 4),
    Bar("private_kib", 2048, relative=False),
    Bar("wakeups_per_minute", 1 / 5),
    Bar("start_ms", 1 / 5),
    Bar("installed_kib", 400, relative=False),
)


@dataclass(frozen=True)
class Verdict:
    bar: Bar
    ours: float
    theirs: float

    @property
    def allowed(self) -> float:
        return self.bar.limit * (self.theirs if self.bar.relative else 1)

    @property
    def passed(self) -> bool:
        return self.ours <= self.allowed

    def __str__(self) -> str:
        of = f" ({self.bar.limit:g} x {self.theirs:.0f})" if self.bar.relative else ""
        return (f"{'PASS' if self.passed else 'FAIL'}  {self.bar.figure:20}{self.ours:8.0f}  "
                f"at most {self.allowed:.0f}{of}")  # fmt: skip


def assess(ours: Mapping[str, float], theirs: Mapping[str, float]) -> list[Verdict]:
    return [Verdict(bar, ours[bar.figure], theirs[bar.figure]) for bar in BARS]
