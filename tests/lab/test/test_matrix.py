# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What the matrix concludes from answers, logs and reports; no kernel is needed."""

import pytest

from lab import LabError, ktap, matrix, probes


@pytest.mark.parametrize("line, holds, fails", [
    ("// since 6.8: x", ["6.8.0", "6.12.3", "7.0.0"], ["6.7.99", "5.10.262"]),
    ("// until 6.7: x", ["6.7.99", "5.10.0"], ["6.8.0", "7.3.4"]),
    ("// since 6.4, 6.1.176: x", ["6.1.176", "6.1.200", "6.4.0"], ["6.1.175", "6.2.0", "5.10.300"]),
    ("// until 6.3, 6.1.176: x", ["6.1.175", "6.2.0"], ["6.1.176", "6.4.0"]),
    ("// never: x", [], ["5.10.0", "7.3.4"]),
])  # fmt: skip
def test_an_expectation_knows_its_releases(line, holds, fails):
    expectation = probes.parse(line)
    assert [v for v in holds + fails if expectation.holds(probes.version(v))] == holds


@pytest.mark.parametrize("line", [
    "", "// since: x", "// since 6: x", "// since 6.8:", "// since 6.8 x", "// maybe 6.8: x",
    "/* since 6.8: x */",
])  # fmt: skip
def test_an_expectation_that_says_nothing_is_refused(line):
    with pytest.raises(LabError, match="second line"):
        probes.parse(line)


def test_every_probe_of_the_tree_has_an_expectation():
    assert probes.expectations().keys() >= {"control_yes", "control_no"}


def test_warnings_of_all_tools_are_found_and_remarks_are_not():
    log = "\n".join([
        "  CC [M]  drivers/vmxnet3/vmxnet3_main.o",
        "drivers/x.c:1:2: warning: unused variable 'a' [-Wunused-variable]",
        "WARNING: modpost: \"x\" undefined",
        "drivers/x.o: warning: objtool: f+0x1: unreachable instruction",
        "warning: the compiler differs from the one used to build the kernel",
        "Skipping BTF generation for x.ko due to unavailability of vmlinux",
    ])  # fmt: skip
    assert matrix.warnings(log) == log.splitlines()[1:4]


def test_a_probe_that_differs_is_marked():
    expected = {"old": probes.parse("// until 6.7: x"), "new": probes.parse("// since 6.8: x")}
    rows = [matrix.Row("6.1", {"old": True, "new": True}, ["new"]), matrix.Row("7.3")]
    assert matrix.probe_table(rows, expected).splitlines()[1:] == [
        "old     y    -",
        "new     y!   -",
    ]


@pytest.mark.parametrize("report, word, good", [
    ("1..2\nok 1 a\nok 2 b", "2 ok", True),
    ("1..2\nok 1 a\nok 2 b # SKIP no", "1 ok, 1 skipped", True),
    ("1..2\nok 1 a\nnot ok 2 b", "1 failed", False),
    ("1..2\nok 1 a", "1 failed", False),
    ("1..1\nok 1 a # SKIP no", "none ran", False),
    ("1..0", "none ran", False),
])  # fmt: skip
def test_a_smoke_suite_that_ran_nothing_is_no_good_news(report, word, good):
    assert matrix.smoke_verdict(ktap.parse(f"KTAP version 1\n{report}")) == (word, good)


def test_a_report_that_is_none_is_a_failure():
    assert not matrix.smoke_verdict(ktap.parse("Traceback: …"))[1]
