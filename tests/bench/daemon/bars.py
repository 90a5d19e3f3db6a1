# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What is made of the measurements, and what vmguestd must reach."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

# Measurements of one daemon, by what was measured.
Samples = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Figure:
    """`of` makes one number of the samples of that name."""

    samples: str
    title: str
    of: Callable[[Sequence[float]], float] = statistics.median
    digits: int = 0


FIGURES = {
    "processes": Figure("processes", "processes"),
    "private": Figure("private", "private memory, KiB"),
    "wakeups": Figure("wakeups", "wakeups a minute, idle", digits=1),
    "start": Figure("start", "exec to registration, ms"),
    "size": Figure("size", "programs and own libraries, KiB"),
    "busy": Figure("busy", "answer while busy, ms, median"),
    "busy-longest": Figure("busy", "answer while busy, ms, longest", max),
    "idle": Figure("idle", "answer when idle, ms, median"),
    "idle-longest": Figure("idle", "answer when idle, ms, longest", max),
    "messages": Figure("messages", "flood: messages"),
    "flood-memory": Figure("flood-memory", "flood: anonymous memory left, KiB"),
    "flood-descriptors": Figure("flood-descriptors", "flood: descriptors left"),
    "memcheck": Figure("memcheck", "24 simulated hours: memcheck's status"),
}


@dataclass(frozen=True)
class Bar:
    """`limit` is absolute, or a part of vmtoolsd's figure if `relative`."""

    figure: str
    limit: float
    relative: bool = False


BARS = (
    Bar("private", 1 / 4, relative=True),
    Bar("private", 2048),
    Bar("wakeups", 1 / 5, relative=True),
    Bar("start", 1 / 5, relative=True),
    Bar("size", 400),
    Bar("busy-longest", 100),
    Bar("flood-memory", 16),
    Bar("flood-descriptors", 0),
    Bar("memcheck", 0),
)


@dataclass(frozen=True)
class Verdict:
    bar: Bar
    ours: float
    allowed: float

    @property
    def passed(self) -> bool:
        return self.ours <= self.allowed

    def __str__(self) -> str:
        figure = FIGURES[self.bar.figure]
        of = f", {self.bar.limit:g} x vmtoolsd's" if self.bar.relative else ""
        return (f"{'PASS' if self.passed else 'FAIL'}  {figure.title:38}{self.ours:8.{figure.digits}f}  "
                f"at most {self.allowed:.{figure.digits}f}{of}")  # fmt: skip


def value(figure: str, samples: Samples) -> float | None:
    """None: of that daemon this is not measured."""
    known = FIGURES[figure]
    return known.of(samples[known.samples]) if known.samples in samples else None


def assess(ours: Samples, theirs: Samples) -> list[Verdict]:
    """All bars; each must have been measured."""
    verdicts = []
    for bar in BARS:
        mine, base = value(bar.figure, ours), value(bar.figure, theirs) if bar.relative else 1
        assert mine is not None and base is not None
        verdicts.append(Verdict(bar, mine, bar.limit * base))
    return verdicts


def table(ours: Samples, theirs: Samples) -> str:
    lines = [f"{'':40}{'vmtoolsd':>10}{'vmguestd':>10}{'ratio':>10}"]
    for name, figure in FIGURES.items():
        mine, base = value(name, ours), value(name, theirs)
        cells = "".join(f"{'-' if number is None else f'{number:.{figure.digits}f}':>10}"
                        for number in (base, mine))  # fmt: skip
        ratio = f"{mine / base:8.3f} x" if mine is not None and base else "-"
        lines.append(f"{figure.title:40}{cells}{ratio:>10}")
    return "\n".join(lines)
