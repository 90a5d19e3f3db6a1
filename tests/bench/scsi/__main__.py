# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The disk benchmark: `python3 -m bench.scsi`, which `make bench-scsi` calls."""

from __future__ import annotations

import sys

from .. import run
from . import bars, workloads
from .guest import DRIVERS, TUNED, Guest

SUITE = run.Suite("scsi", "in-tree vmw_pvscsi", DRIVERS, workloads.ALL, bars.BARS, Guest,
                  optional=frozenset(TUNED) | {workloads.DEEP.name})

if __name__ == "__main__":
    sys.exit(run.main(SUITE))
