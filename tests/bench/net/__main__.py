# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The network benchmark: `python3 -m bench.net`, which `make bench-net` calls."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .. import run
from . import bars, workloads
from .freed import Appendix
from .guest import DRIVERS, Driver, Guest


def freed(guest: Guest, drivers: Sequence[Driver]) -> Appendix:
    times = {}
    for driver in drivers:
        guest.drive(driver)
        times[driver.name] = guest.freed(driver)
    return Appendix(times)


SUITE = run.Suite("net", "in-tree vmxnet3", DRIVERS, workloads.ALL, bars.BARS, Guest, freed)

if __name__ == "__main__":
    sys.exit(run.main(SUITE))
