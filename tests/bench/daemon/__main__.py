# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The daemon's benchmark: `python3 -m bench.daemon`, which `make bench-daemon` calls.

Method and reading of the figures are in Documentation/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from lab import LabError, cache, kernels, progress

from . import bars, soak
from .guest import OURS, VENDOR, Guest

BUSY_ANSWERS = 40
IDLE_ANSWERS = 10

Results = dict[str, dict[str, list[float]]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.daemon")
    parser.add_argument("--kernel", default=kernels.host_default(), choices=kernels.NAMES)
    parser.add_argument("--rounds", type=int, default=2, help="how often each is a service")
    parser.add_argument("--seconds", type=int, default=60, help="how long it is then left alone")
    parser.add_argument("--starts", type=int, default=7, help="how often each is started besides")
    parser.add_argument("--messages", type=int, default=1000000, help="of the flood")
    parser.add_argument("--out", type=Path, default=cache.root() / "results")
    args = parser.parse_args()
    try:
        results = _measure(args)
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    return _report(args, results)


def _measure(args: argparse.Namespace) -> Results:
    results: Results = {VENDOR.name: {}, OURS.name: {}}

    def add(system: str, name: str, values: list[float]) -> None:
        results[system].setdefault(name, []).extend(values)

    with progress.step("a day under memcheck"):
        results[OURS.name] |= soak.memcheck()
    with progress.step(f"{args.messages} messages"):
        results[OURS.name] |= soak.flood(args.messages)
    kernel = kernels.get(args.kernel)
    with Guest(kernel) as guest:
        for number in range(args.rounds):
            for system in VENDOR, OURS:
                with progress.step(f"{system.name} as a service, {number + 1} of {args.rounds}"):
                    with guest.service(system):
                        add(system.name, "wakeups", [guest.wakeups(system, args.seconds)])
                        sizes = guest.private_kib(system)
                        add(system.name, "private", [sum(sizes.values())])
                        add(system.name, "processes", [len(sizes)])
                        add(system.name, "idle", guest.answers(IDLE_ANSWERS, 1))
                        with guest.busy():
                            add(system.name, "busy", guest.answers(BUSY_ANSWERS, 0.2))
        with progress.step(f"both started in turn, {args.starts} times"):
            for _ in range(args.starts):
                for system in VENDOR, OURS:
                    add(system.name, "start", [guest.start_ms(system)])
        for system in VENDOR, OURS:
            add(system.name, "size", [guest.installed_kib(system)])
    return results


def _report(args: argparse.Namespace, results: Results) -> int:
    ours, theirs = results[OURS.name], results[VENDOR.name]
    verdicts = bars.assess(ours, theirs)
    print(f"\n{bars.table(ours, theirs)}\n\nBars")
    for verdict in verdicts:
        print(f"  {verdict}")
    failed = sum(not verdict.passed for verdict in verdicts)
    path = args.out / f"bench-daemon-{args.kernel}.json"
    args.out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"kernel": args.kernel, "results": results}, indent=1))
    print(f"\n{path} written; {failed} bars failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
