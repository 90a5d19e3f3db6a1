# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The daemon's benchmark: `python3 -m bench.daemon`, which `make bench-daemon` calls."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from lab import LabError, cache, kernels, net

from . import bars
from .guest import OURS, VENDOR, Guest

# What one figure is, as people read it.
TITLES = {
    "private_kib": "private memory, KiB",
    "processes": "processes",
    "wakeups_per_minute": "wakeups a minute, idle",
    "start_ms": "exec to registration, ms",
    "installed_kib": "programs on disk, KiB",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.daemon")
    parser.add_argument("--kernel", default=kernels.host_default(), choices=kernels.NAMES)
    parser.add_argument("--starts", type=int, default=5, help="how often each is started")
    parser.add_argument("--seconds", type=int, default=120, help="for how long each is left alone")
    parser.add_argument("--out", type=Path, default=cache.root() / "results")
    args = parser.parse_args()
    net.isolate()
    try:
        kernel = kernels.get(args.kernel)
        results = {}
        for system in VENDOR, OURS:
            with Guest(kernel, system) as guest:
                results[system.name] = guest.measure(args.starts, args.seconds)
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    return _report(args, results)


def _report(args: argparse.Namespace, results: dict[str, dict[str, float]]) -> int:
    ours, theirs = results[OURS.name], results[VENDOR.name]
    print(f"\n{'':26}{VENDOR.name:>16}{OURS.name:>12}{'ratio':>10}")
    for name, title in TITLES.items():
        print(f"{title:26}{theirs[name]:16.0f}{ours[name]:12.0f}{ours[name] / theirs[name]:8.3f} x")
    verdicts = bars.assess(ours, theirs)
    print("\nBars")
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
