# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""From samples of both daemons to a table and verdicts: the benchmark without a guest."""

from __future__ import annotations

import pytest

from bench.daemon import bars

THEIRS = {"processes": [1], "private": [4000, 5000], "wakeups": [700, 720], "start": [2000, 9000, 2200],
          "size": [2700], "busy": [40, 300], "idle": [50]}  # fmt: skip
OURS = {"processes": [2], "private": [600, 620], "wakeups": [60, 61], "start": [50, 60, 40],
        "size": [250], "busy": [40, 80], "idle": [500], "messages": [1000000], "flood-memory": [0],
        "flood-descriptors": [0], "memcheck": [0]}  # fmt: skip


def failed(**changes: list[float]) -> set[str]:
    worse = OURS | {name.replace("_", "-"): values for name, values in changes.items()}
    return {verdict.bar.figure for verdict in bars.assess(worse, THEIRS) if not verdict.passed}


def test_good_samples_clear_all_bars() -> None:
    assert len(bars.assess(OURS, THEIRS)) == len(bars.BARS)
    assert not failed()


@pytest.mark.parametrize("samples, figure", [
    ({"private": [1130]}, "private"), ({"wakeups": [143]}, "wakeups"), ({"start": [500]}, "start"),
    ({"size": [401]}, "size"), ({"busy": [20, 20, 101]}, "busy-longest"),
    ({"flood_memory": [20]}, "flood-memory"), ({"flood_descriptors": [1]}, "flood-descriptors"),
    ({"memcheck": [2]}, "memcheck")])  # fmt: skip
def test_each_bar_can_be_missed(samples: dict[str, list[float]], figure: str) -> None:
    assert failed(**samples) == {figure}


def test_the_table_has_a_line_a_figure_and_gaps_where_nothing_was_measured() -> None:
    lines = bars.table(OURS, THEIRS).splitlines()
    assert len(lines) == 1 + len(bars.FIGURES)
    assert lines[2].split()[-4:] == ["4500", "610", "0.136", "x"]
    assert lines[-1].split()[-3:] == ["-", "0", "-"]
