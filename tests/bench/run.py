# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""How a benchmark is run: one guest, all drivers in turn, each workload with each, again and again;
then tables, JSON, a picture and the bars. The exit status is 1 if a bar fails.

Method and reading of the figures are in Documentation/benchmarks.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from emul.vmcount.host import Counter, Record
from lab import LabError, cache, kernels, net, progress

from . import plot, profile, report
from .figures import Figures
from .verdicts import IN_TREE, OURS, Bar, assess

REPEATS = 5
# Of ours and the in-tree driver more are made, up to this number, until the two least disturbed
# agree.
REPEATS_MAX = 10
AGREED = 0.01
COMPARED = (OURS, IN_TREE)

Collected = dict[str, dict[str, Figures]]


class Driver(Protocol):
    """`modules` are those whose instructions are the driver's."""

    @property
    def name(self) -> str: ...
    @property
    def modules(self) -> tuple[str, ...]: ...


class Workload(Protocol):
    """`unit` is what one operation is."""

    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str: ...


class Guest(Protocol):
    """A running guest with one driver at a time."""

    def drive(self, driver: Driver) -> None: ...
    def can(self, driver: Driver, workload: Workload) -> bool: ...
    def measure(self, driver: Driver, workload: Workload) -> Record: ...
    def symbols(self, modules_only: bool) -> str: ...


class Appendix(Protocol):
    """What a benchmark has to say besides."""

    def text(self) -> str: ...
    def as_json(self) -> dict[str, object]: ...
    def failed(self) -> int: ...


@dataclass(frozen=True)
class Suite:
    """A benchmark; `base` is what the in-tree driver is called, `appendix` is made at the end.
    Drivers and workloads that are `optional` are measured if they are named.
    """

    name: str
    base: str
    drivers: Mapping[str, Driver]
    workloads: Sequence[Workload]
    bars: Sequence[Bar]
    guest: Callable[..., AbstractContextManager[Guest]]
    appendix: Callable[[Guest, Sequence[Driver]], Appendix] | None = None
    optional: frozenset[str] = frozenset()


def main(suite: Suite) -> int:
    args = _arguments(suite)
    net.isolate()
    try:
        return _profile(suite, args) if args.profile else _benchmark(suite, args)
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


def _arguments(suite: Suite) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"bench.{suite.name}")
    parser.add_argument("--kernel", default=kernels.host_default(), choices=kernels.NAMES)
    parser.add_argument("--drivers", type=_names(suite.drivers),
                        default=[name for name in suite.drivers if name not in suite.optional])
    every = {workload.name: workload for workload in suite.workloads}
    parser.add_argument("--workloads", type=_names(every),
                        default=[name for name in every if name not in suite.optional])
    parser.add_argument("--repeats", type=int, default=REPEATS, help="at least; 2 or more")
    parser.add_argument("--profile", action="store_true",
                        help="instead, say which functions the instructions are spent in")
    parser.add_argument("--out", type=Path, default=cache.root() / "results")
    args = parser.parse_args()
    args.drivers = [suite.drivers[name] for name in args.drivers]
    args.workloads = [every[name] for name in args.workloads]
    return args


def _names(known: Mapping) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"no '{name}': there are {', '.join(known)}")
        return names
    return parse


def _guest(suite: Suite, args: argparse.Namespace,
           counter: Counter) -> AbstractContextManager[Guest]:
    with progress.step(f"kernel {args.kernel}"):
        kernel = kernels.get(args.kernel)
    return suite.guest(kernel, args.drivers, counter)


def _benchmark(suite: Suite, args: argparse.Namespace) -> int:
    appendix = None
    with Counter() as counter, _guest(suite, args, counter) as guest:
        results: Collected = {
            workload.name: {driver.name: Figures(driver.modules) for driver in args.drivers
                            if guest.can(driver, workload)}
            for workload in args.workloads
        }
        for repeat in range(args.repeats):
            _repeat(guest, args.drivers, args.workloads, results, repeat)
        compared = [driver for driver in args.drivers if driver.name in COMPARED]
        for repeat in range(args.repeats, REPEATS_MAX):
            if todo := [w for w in args.workloads if _undecided(results[w.name])]:
                _repeat(guest, compared, todo, results, repeat)
        if suite.appendix:
            appendix = suite.appendix(guest, args.drivers)
    return _report(suite, args, results, appendix)


def _undecided(by_driver: dict[str, Figures]) -> bool:
    return any(figures.disagreement() > AGREED
               for driver, figures in by_driver.items() if driver in COMPARED)


def _repeat(guest: Guest, drivers: Sequence[Driver], todo: Sequence[Workload], results: Collected,
            repeat: int) -> None:
    """All drivers, one after the other, so that neighbours in time are compared."""
    with progress.step(f"repeat {repeat + 1} of {len(todo)} workloads"):
        for driver in drivers:
            guest.drive(driver)
            for workload in todo:
                if figures := results[workload.name].get(driver.name):
                    figures.records.append(guest.measure(driver, workload))


def _report(suite: Suite, args: argparse.Namespace, results: Collected,
            appendix: Appendix | None) -> int:
    verdicts = assess(suite.bars, results)
    units = {workload.name: workload.unit for workload in args.workloads}
    print(report.table(results, units))
    print(report.spread(results) + "\n")
    if appendix:
        print(appendix.text() + "\n")
    print(f"Bars: ours against the {suite.base}")
    for verdict in verdicts:
        print(f"  {verdict}")
    args.out.mkdir(parents=True, exist_ok=True)
    stem = f"{args.out}/bench-{suite.name}-{args.kernel}"
    more = appendix.as_json() if appendix else {}
    Path(f"{stem}.json").write_text(report.as_json(args.kernel, results, verdicts, more))
    Path(f"{stem}.svg").write_text(
        plot.svg(results, f"bench-{suite.name} on Linux {args.kernel}", suite.base))
    failed = sum(not verdict.passed for verdict in verdicts) + (appendix.failed() if appendix else 0)
    print(f"\n{stem}.json and .svg written; {failed} bars failed")
    return 1 if failed else 0


def _profile(suite: Suite, args: argparse.Namespace) -> int:
    with Counter(granule=profile.GRANULE) as counter, _guest(suite, args, counter) as guest:
        with progress.step("symbols of the kernel"):
            kernel = guest.symbols(modules_only=False)
        for driver in args.drivers:
            guest.drive(driver)
            symbols = profile.Symbols(kernel, guest.symbols(modules_only=True))
            for workload in args.workloads:
                if not guest.can(driver, workload):
                    continue
                record = guest.measure(driver, workload)
                title = (f"{workload.name}, {driver.name}: "
                         f"{record['total'] / record['operations']:.1f} instructions "
                         f"a {workload.unit}")
                print(profile.table(title, profile.spread(record, symbols), driver.modules))
    return 0
