# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The network benchmark: `python3 -m bench.net`, which `make bench-net` calls.

One guest, all drivers in turn, each workload with each, again and again; then tables, JSON, a
picture and the bars. The exit status is 1 if a bar fails. Method and reading of the figures are
in Documentation/benchmarks.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from emul.vmcount.host import Counter
from lab import LabError, cache, kernels, net, progress

from . import bars, plot, profile, report, workloads
from .figures import Figures
from .guest import DRIVERS, IN_TREE, OURS, Driver, Freed, Guest
from .workloads import Workload

REPEATS = 5
# Of ours and the in-tree driver more are made, up to this number, until the two least disturbed
# agree.
REPEATS_MAX = 10
AGREED = 0.01
COMPARED = (OURS, IN_TREE)

Results = dict[str, dict[str, Figures]]


def main() -> int:
    args = _arguments()
    net.isolate()
    try:
        return _profile(args) if args.profile else _benchmark(args)
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.net")
    parser.add_argument("--kernel", default=kernels.host_default(), choices=kernels.NAMES)
    parser.add_argument("--drivers", type=_names(DRIVERS), default=list(DRIVERS))
    every = {workload.name: workload for workload in workloads.ALL}
    parser.add_argument("--workloads", type=_names(every), default=list(every))
    parser.add_argument("--repeats", type=int, default=REPEATS, help="at least; 2 or more")
    parser.add_argument("--profile", action="store_true",
                        help="instead, say which functions the instructions are spent in")
    parser.add_argument("--out", type=Path, default=cache.root() / "results")
    args = parser.parse_args()
    args.drivers = [DRIVERS[name] for name in args.drivers]
    args.workloads = [every[name] for name in args.workloads]
    return args


def _names(known: dict):
    def parse(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"no '{name}': there are {', '.join(known)}")
        return names
    return parse


def _benchmark(args: argparse.Namespace) -> int:
    results: Results = {
        workload.name: {driver.name: Figures(driver.modules) for driver in args.drivers}
        for workload in args.workloads
    }
    freed: dict[str, Freed] = {}
    with Counter() as counter, _guest(args, counter) as guest:
        for repeat in range(args.repeats):
            _repeat(guest, args.drivers, args.workloads, results, repeat)
        compared = [driver for driver in args.drivers if driver.name in COMPARED]
        for repeat in range(args.repeats, REPEATS_MAX):
            if todo := [w for w in args.workloads if _undecided(results[w.name])]:
                _repeat(guest, compared, todo, results, repeat)
        for driver in args.drivers:
            guest.drive(driver)
            freed[driver.name] = guest.freed(driver)
    return _report(args, results, freed)


def _guest(args: argparse.Namespace, counter: Counter) -> Guest:
    with progress.step(f"kernel {args.kernel}"):
        kernel = kernels.get(args.kernel)
    return Guest(kernel, args.drivers, counter)


def _undecided(by_driver: dict[str, Figures]) -> bool:
    return any(figures.disagreement() > AGREED
               for driver, figures in by_driver.items() if driver in COMPARED)


def _repeat(guest: Guest, drivers: list[Driver], todo: list[Workload], results: Results,
            repeat: int) -> None:
    """All drivers, one after the other, so that neighbours in time are compared."""
    with progress.step(f"repeat {repeat + 1} of {len(todo)} workloads"):
        for driver in drivers:
            guest.drive(driver)
            for workload in todo:
                record = guest.measure(driver, workload)
                results[workload.name][driver.name].records.append(record)


def _report(args: argparse.Namespace, results: Results, freed: dict[str, Freed]) -> int:
    verdicts = bars.assess(results, OURS, IN_TREE)
    units = {workload.name: workload.unit for workload in args.workloads}
    print(report.table(results, units))
    print(report.spread(results) + "\n")
    print(report.freed(freed) + "\n")
    print("Bars: ours against the in-tree vmxnet3")
    for verdict in verdicts:
        print(f"  {verdict}")
    args.out.mkdir(parents=True, exist_ok=True)
    stem = f"{args.out}/bench-net-{args.kernel}"
    Path(f"{stem}.json").write_text(report.as_json(args.kernel, results, freed, verdicts))
    Path(f"{stem}.svg").write_text(plot.svg(results, f"bench-net on Linux {args.kernel}"))
    failed = sum(not verdict.passed for verdict in verdicts)
    failed += sum(not bars.freed_in_time(times) for name, times in freed.items() if name == OURS)
    print(f"\n{stem}.json and .svg written; {failed} bars failed")
    return 1 if failed else 0


def _profile(args: argparse.Namespace) -> int:
    with Counter(granule=profile.GRANULE) as counter, _guest(args, counter) as guest:
        with progress.step("symbols of the kernel"):
            kernel = guest.symbols(modules_only=False)
        for driver in args.drivers:
            guest.drive(driver)
            symbols = profile.Symbols(kernel, guest.symbols(modules_only=True))
            for workload in args.workloads:
                record = guest.measure(driver, workload)
                title = (f"{workload.name}, {driver.name}: "
                         f"{record['total'] / record['operations']:.1f} instructions "
                         f"a {workload.unit}")
                print(profile.table(title, profile.spread(record, symbols), driver.modules))
    return 0


if __name__ == "__main__":
    sys.exit(main())
