# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""From records to figures, verdicts, text and picture: the benchmark without a guest."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import pytest

from bench import plot, profile, report
from bench.figures import Figures, speed_ratio
from bench.net.bars import BARS
from bench.net.freed import Appendix, Freed
from bench.verdicts import Results, assess
from emul.vmcount.host import Record


def record(operations: int = 10, **counts: int) -> Record:
    """As vmcount writes it; `counts` are writes, timer, interrupts, driver, total, wall_ns."""
    return {
        "operations": operations, "wall_ns": counts.get("wall_ns", 1000),
        "total": counts.get("total", 1000), "kernel": counts.get("total", 1000), "eoi": 0,
        "device_interrupts": counts.get("interrupts", 0),
        "ranges": {"vmxnet3": counts.get("driver", 100)},
        "timer": {"apic": counts.get("timer", 0)},
        "mmio": [{"name": "nic", "address": "0x1000", "writes": counts.get("writes", 0)},
                 {"name": "nic", "address": "0x1000", "reads": 3}],
        "ports": [{"name": "", "address": "0x80", "writes": 1}],
    }


def figures(*records: Record) -> Figures:
    made = Figures(["vmxnet3", "absent"])
    made.records = list(records)
    return made


def test_figures_are_per_operation() -> None:
    made = figures(record(driver=505, writes=19, interrupts=20))
    assert made.figure("driver") == 50.5
    assert made.figure("writes") == 2       # with the one to the port
    assert made.figure("reads") == 0.3
    assert made.figure("interrupts") == 2


def test_disturbed_figures_are_the_least_others_the_median() -> None:
    made = figures(record(total=100, driver=10), record(total=90, driver=30),
                   record(total=120, driver=20))
    assert made.figure("total") == 9
    assert made.figure("driver") == 2
    assert made.disagreement() == pytest.approx(10 / 9 - 1)


def test_exits_are_the_sum_of_what_the_table_shows() -> None:
    made = figures(record(writes=9, timer=8), record(writes=19, timer=5),
                   record(writes=29, timer=9))
    assert made.figure("exits") == made.figure("writes") + made.figure("timer") == 2.5


def test_speeds_are_compared_with_the_neighbour_in_time() -> None:
    ours = figures(record(wall_ns=100), record(wall_ns=400), record(wall_ns=900))
    theirs = figures(record(wall_ns=200), record(wall_ns=800), record(wall_ns=900))
    assert speed_ratio(ours, theirs) == 2


def results(ours: Record, theirs: Record) -> Results:
    return {"udp-tx": {"in-tree": figures(theirs, theirs), "ours": figures(ours, ours)}}


def failed(ours: Record, theirs: Record) -> set[str]:
    verdicts = assess(BARS, results(ours, theirs))
    assert {verdict.bar.metric for verdict in verdicts} == {"writes", "interrupts", "driver",
                                                            "total", "exits"}
    return {verdict.bar.metric for verdict in verdicts if not verdict.passed}


def test_each_bar_fails_for_its_own_reason() -> None:
    theirs = record(writes=19, interrupts=10, driver=1000, total=10000)
    good = {"writes": 9, "interrupts": 1, "driver": 700, "total": 10200}
    assert not failed(record(**good), theirs)
    assert failed(record(**{**good, "writes": 10}), theirs) == {"writes"}
    assert failed(record(**{**good, "interrupts": 2}), theirs) == {"interrupts"}
    assert failed(record(**{**good, "driver": 701}), theirs) == {"driver"}
    assert failed(record(**{**good, "total": 10201}), theirs) == {"total"}
    assert failed(record(**{**good, "timer": 11}), theirs) == {"exits"}


def test_bars_without_both_drivers_are_not_assessed() -> None:
    assert not assess(BARS, {"udp-tx": {"ours": figures(record())}})


@pytest.mark.parametrize("freed, good", [
    (Freed(1, 100, 1, 100), True), (Freed(3, 100, 1, 100), False), (Freed(1, 100, 3, 100), False),
    (Freed(1, 100, 1, 300), False), (Freed(1, 300, 1, 100), False),
])  # fmt: skip
def test_buffers_are_freed_soon_always_and_mostly(freed: Freed, good: bool) -> None:
    assert freed.in_time() is good


def test_the_report_is_text_and_json() -> None:
    some = results(record(writes=9), record(writes=19))
    verdicts = assess(BARS, some)
    assert "udp-tx, a packet" in report.table(some, {"udp-tx": "packet"})
    read = json.loads(report.as_json("6.1", some, verdicts, Appendix({"ours": Freed(1, 2, 3, 4)}).as_json()))
    assert read["results"]["udp-tx"]["ours"]["writes"]["figure"] == 1
    assert read["results"]["udp-tx"]["ours"]["devices"]["nic 0x1000 reads"] == 0.3
    assert len(read["bars"]) == len(verdicts)


def test_the_picture_has_a_bar_for_each_driver_and_panel() -> None:
    picture = ElementTree.fromstring(plot.svg(results(record(writes=99, interrupts=1),
                                                      record(writes=19, interrupts=1)), "a < b", "base"))
    titles = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == 2 * len(plot.PANELS)
    assert "5.000" in titles


def test_blocks_belong_to_the_function_that_begins_in_or_before_them() -> None:
    symbols = profile.Symbols("ffffffff81000000 T start\nffffffff81000040 t next\n",
                              "ffffffffc0000008 t init\t[vmxnet3]\n")
    blocks = {**record(operations=2), "blocks": [
        ["0xffffffff81000000", 10], ["0xffffffff81000030", 6], ["0xffffffff81000040", 4],
        ["0xffffffffc0000000", 2]]}
    assert profile.spread(blocks, symbols) == {
        ("start", ""): 8, ("next", ""): 2, ("init", "vmxnet3"): 1}
