# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Results as text for people and as JSON for programs. Pictures are in plot.py."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from .bars import FREED_LONGEST_MS, FREED_MEDIAN_MS, Results, Verdict, freed_in_time
from .figures import METRICS, speed_ratio
from .guest import OURS, Freed

BASE = "in-tree"


def table(results: Results, units: Mapping[str, str]) -> str:
    """A block for each workload, a line for each driver."""
    head = "".join(f"{metric.title:>14}" for metric in METRICS.values())
    lines = []
    for workload, by_driver in results.items():
        lines.append(f"{f'{workload}, a {units[workload]}':26}{head}{'speed':>10}")
        for driver, figures in by_driver.items():
            cells = "".join(f"{figures.figure(name):14.{metric.digits}f}"
                            for name, metric in METRICS.items())
            speed = f"{speed_ratio(figures, by_driver[BASE]):8.2f} x" if BASE in by_driver else "-"
            lines.append(f"  {driver:24}{cells}{speed:>10}")
        lines.append("")
    return "\n".join(lines)


def spread(results: Results) -> str:
    """How far the repeats are apart, of the figures that vary."""
    lines = ["Spread of the repeats, (most - least) / least, in per cent",
             f"{'':36}{'driver':>10}{'kernel':>10}{'total':>10}{'repeats':>10}"]
    for workload, by_driver in results.items():
        for driver, figures in by_driver.items():
            cells = "".join(f"{_spread(figures.values(name)):10.2f}"
                            for name in ("driver", "kernel", "total"))
            lines.append(f"  {workload:14}{driver:20}{cells}{len(figures.records):10}")
    return "\n".join(lines)


def _spread(values: Sequence[float]) -> float:
    return 100 * (max(values) / min(values) - 1) if min(values) else 0


def freed(times: Mapping[str, Freed]) -> str:
    """Of ours with the verdict."""
    lines = ["Time until a sent buffer is free again, in ms",
             f"{'':16}{'stream: median':>16}{'longest':>10}{'single: median':>16}{'longest':>10}"]
    for driver, time in times.items():
        verdict = ""
        if driver == OURS:
            verdict = (f"  {'PASS' if freed_in_time(time) else 'FAIL'}  "
                       f"at most {FREED_MEDIAN_MS} and {FREED_LONGEST_MS}")
        lines.append(f"  {driver:14}{time.stream_median:16.2f}{time.stream_longest:10.2f}"
                     f"{time.single_median:16.2f}{time.single_longest:10.2f}{verdict}")
    return "\n".join(lines)


def as_json(kernel: str, results: Results, times: Mapping[str, Freed],
            verdicts: Sequence[Verdict]) -> str:
    return json.dumps({
        "kernel": kernel,
        "freed_ms": {driver: asdict(time) for driver, time in times.items()},
        "results": {workload: {driver: figures.as_json() for driver, figures in by_driver.items()}
                    for workload, by_driver in results.items()},
        "bars": [{"workload": v.bar.workload, "metric": v.bar.metric, "ours": v.ours,
                  "in-tree": v.theirs, "allowed": v.allowed, "passed": v.passed}
                 for v in verdicts],
    }, indent=1)
