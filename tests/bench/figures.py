# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""From records to figures: what one operation costs, over all repeats.

Most figures are medians. Those that the scheduler's tick and the guest's housekeeping add to, and
never take from, are the least of the repeats: the least disturbed one.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from emul.vmcount.host import Record


def _accesses(record: Record, direction: str) -> int:
    """Accesses to all devices: nothing but the one that is measured works meanwhile."""
    return sum(entry.get(direction, 0) for kind in ("mmio", "ports") for entry in record[kind])


def _timers(record: Record) -> int:
    return sum(record["timer"].values())


@dataclass(frozen=True)
class Metric:
    """`count` takes it from a record; it is then divided by the operations.

    One that is `optional` is shown where a benchmark has it.
    """

    name: str
    title: str
    count: Callable[[Record, Iterable[str]], float]
    digits: int = 3
    least: bool = False
    optional: bool = False


METRICS = {metric.name: metric for metric in (
    Metric("writes", "reg writes", lambda r, m: _accesses(r, "writes")),
    Metric("reads", "reg reads", lambda r, m: _accesses(r, "reads")),
    Metric("timer", "timer writes", lambda r, m: _timers(r), least=True),
    Metric("exits", "reg + timer", lambda r, m: _accesses(r, "writes") + _timers(r)),
    Metric("interrupts", "interrupts", lambda r, m: r["device_interrupts"]),
    Metric("commands", "commands", lambda r, m: r.get("commands", 0), optional=True),
    Metric("eoi", "EOIs", lambda r, m: r["eoi"], least=True),
    Metric("driver", "driver", lambda r, m: sum(r["ranges"].get(name, 0) for name in m), digits=1),
    Metric("kernel", "kernel", lambda r, m: r["kernel"], digits=0, least=True),
    Metric("total", "total", lambda r, m: r["total"], digits=0, least=True),
)}


class Figures:
    """All repeats of one workload with one driver."""

    def __init__(self, modules: Iterable[str]) -> None:
        self._modules = tuple(modules)
        self.records: list[Record] = []

    def values(self, metric: str) -> list[float]:
        """One value for each repeat."""
        return [METRICS[metric].count(record, self._modules) / record["operations"]
                for record in self.records]

    def figure(self, metric: str) -> float:
        if metric == "exits":   # its parts are treated differently
            return self.figure("writes") + self.figure("timer")
        values = self.values(metric)
        return min(values) if METRICS[metric].least else statistics.median(values)

    def speeds(self) -> list[float]:
        """Operations a second of wall clock, one for each repeat."""
        return [record["operations"] * 1e9 / record["wall_ns"] for record in self.records]

    def disagreement(self) -> float:
        """How far the two least disturbed repeats are from each other, as a part of the whole."""
        least, next_least = sorted(self.values("total"))[:2]
        return next_least / least - 1

    def as_json(self) -> dict[str, object]:
        figures: dict[str, object] = {
            name: {"figure": self.figure(name), "least": min(self.values(name)),
                   "median": statistics.median(self.values(name)),
                   "most": max(self.values(name)), "repeats": self.values(name)}
            for name in METRICS
        }
        return {**figures, "speeds": self.speeds(), "devices": _by_device(self.records[-1])}


def speed_ratio(ours: Figures, theirs: Figures) -> float:
    """Median of the ratios of neighbours in time: the only use of wall clock."""
    return statistics.median(a / b for a, b in zip(ours.speeds(), theirs.speeds()))


def _by_device(record: Record) -> dict[str, float]:
    """Accesses an operation by region and direction, of one repeat."""
    return {f"{entry['name'] or 'port'} {entry['address']} {direction}":
            entry[direction] / record["operations"]
            for kind in ("mmio", "ports") for entry in record[kind]
            for direction in ("reads", "writes") if direction in entry}
