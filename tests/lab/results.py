# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Where a run of tests keeps its evidence: a folder a run, of which the last few stay."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from . import cache

KEEP = 8


def new_folder() -> Path:
    """results/check-<time>-<process>; old ones go, unless their process is still at it."""
    over = [path for path in sorted(top().glob("check-*")) if not _alive(path)][:-KEEP]
    for path in over:
        shutil.rmtree(path, ignore_errors=True)
    folder = top() / f"check-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    folder.mkdir(parents=True)
    return folder


def top() -> Path:
    return cache.root() / "results"


def _alive(folder: Path) -> bool:
    return Path("/proc", folder.name.rpartition("-")[2]).exists()
