# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Results as text for people and as JSON for programs. Pictures are in plot.py."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from .figures import METRICS, speed_ratio
from .verdicts import IN_TREE, Results, Verdict


def table(results: Results, units: Mapping[str, str]) -> str:
    """A block for each workload, a line for each driver."""
    metrics = [metric for metric in METRICS.values() if not metric.optional
               or any(f.figure(metric.name) for of in results.values() for f in of.values())]
    head = "".join(f"{metric.title:>14}" for metric in metrics)
    lines = []
    for workload, by_driver in results.items():
        lines.append(f"{f'{workload}, a {units[workload]}':26}{head}{'speed':>10}")
        for driver, figures in by_driver.items():
            cells = "".join(f"{figures.figure(metric.name):14.{metric.digits}f}"
                            for metric in metrics)
            speed = f"{speed_ratio(figures, by_driver[IN_TREE]):8.2f} x" if IN_TREE in by_driver else "-"
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
            lines.append(f"  {workload:16}{driver:18}{cells}{len(figures.records):10}")
    return "\n".join(lines)


def _spread(values: Sequence[float]) -> float:
    return 100 * (max(values) / min(values) - 1) if min(values) else 0


def as_json(kernel: str, results: Results, verdicts: Sequence[Verdict],
            more: Mapping[str, object]) -> str:
    return json.dumps({
        "kernel": kernel,
        **more,
        "results": {workload: {driver: figures.as_json() for driver, figures in by_driver.items()}
                    for workload, by_driver in results.items()},
        "bars": [{"workload": v.bar.workload, "metric": v.bar.metric, "ours": v.ours,
                  v.bar.of: v.theirs, "allowed": v.allowed, "passed": v.passed}
                 for v in verdicts],
    }, indent=1)
