# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""KTAP as the kernel's tools print it, read; and ours, written and read back."""

from lab import ktap
from lab.ktap import FAIL, PASS, SKIP


def verdicts(text):
    return [(result.name, result.status) for result in ktap.parse(text)]


def test_flat_results():
    text = "KTAP version 1\n1..3\nok 1 one\nnot ok 2 - two\nok 3 three # SKIP no device\n"
    assert verdicts(text) == [("one", PASS), ("two", FAIL), ("three", SKIP)]
    assert ktap.parse(text)[2].why == "no device"


def test_diagnostics_belong_to_the_result_that_follows():
    text = "KTAP version 1\n1..2\n# why not\nnot ok 1 one\nok 2 two\n"
    one, two = ktap.parse(text)
    assert one.details == ("# why not",)
    assert two.details == ()


def test_kunit_counts_leaves_and_names_them_by_their_suites():
    text = """\
[    1.000000] KTAP version 1
[    1.000001] 1..2
[    1.000002]     KTAP version 1
[    1.000003]     # Subtest: rings
[    1.000004]     1..2
[    1.000005]     ok 1 wraps
[    1.000006]     # fills: EXPECTATION FAILED at x.c:1
[    1.000007]     not ok 2 fills
[    1.000008] # rings: pass:1 fail:1 skip:0 total:2
[    1.000009] not ok 1 rings
[    1.000010]     KTAP version 1
[    1.000011]     # Subtest: codec
[    1.000012]     1..1
[    1.000013]         KTAP version 1
[    1.000014]         # Subtest: lengths
[    1.000015]         ok 1 zero
[    1.000016]         ok 2 most
[    1.000017]     ok 1 lengths
[    1.000018] ok 2 codec
"""
    assert verdicts(text) == [
        ("rings/wraps", PASS), ("rings/fills", FAIL), ("codec/lengths/zero", PASS),
        ("codec/lengths/most", PASS)]  # fmt: skip
    assert "EXPECTATION FAILED" in ktap.parse(text)[1].details[0]


def test_kselftest_nests_behind_hash_marks():
    text = """\
TAP version 13
1..2
# timeout set to 45
# selftests: drivers/net: stats.py
# TAP version 13
# 1..2
# ok 1 stats.check_pause
# not ok 2 stats.check_fec
# # Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0
not ok 1 selftests: drivers/net: stats.py # exit=1
# selftests: drivers/net: shaper.py
ok 2 selftests: drivers/net: shaper.py # SKIP
"""
    assert verdicts(text) == [
        ("stats.check_pause", PASS), ("stats.check_fec", FAIL),
        ("selftests: drivers/net: shaper.py", SKIP)]  # fmt: skip


def test_a_comment_that_looks_like_a_result_is_none():
    text = "KTAP version 1\n1..1\n# ok, so far so good\n# not really ok\nok 1 one\n"
    assert verdicts(text) == [("one", PASS)]


def test_what_was_promised_and_did_not_come_has_failed():
    assert verdicts("KTAP version 1\n1..3\nok 1 one\n") == [
        ("one", PASS), ("test 2 never ended", FAIL), ("test 3 never ended", FAIL)]  # fmt: skip


def test_no_output_is_a_failure():
    assert verdicts("Segmentation fault\n") == [("the whole suite", FAIL)]


def test_bailing_out_is_a_failure():
    assert ("bail out", FAIL) in verdicts("TAP version 13\n1..1\nBail out! no kernel\n")


def test_a_plan_of_none_is_a_skip():
    assert verdicts("TAP version 13\n1..0 # SKIP no card\n") == [("the whole suite", SKIP)]


def test_a_plan_at_the_end_counts_as_well():
    assert verdicts("TAP version 13\nok 1 - a.c:x:y: Passed\n1..1\n") == [("a.c:x:y: Passed", PASS)]


def test_an_expected_failure_is_not_a_pass():
    assert verdicts("KTAP version 1\n1..1\nok 1 hds # XFAIL no support\n") == [("hds", SKIP)]


def test_unnested_reading_takes_indented_lines_as_diagnostics():
    parser = ktap.Parser(nested=False)
    text = "KTAP version 1\n1..1\n# KTAP version 1\n# ok 1 inner\nnot ok 1 outer"
    found = [result for line in text.splitlines() for result in parser.feed(line)]
    assert [(result.name, result.status) for result in found] == [("outer", FAIL)]
    assert not list(parser.finish())


def test_what_we_print_reads_back():
    lines = [ktap.VERSION_LINE, "1..3", ktap.comment("two\nlines"), ktap.line(1, "a#b", PASS),
             ktap.line(2, "c", FAIL), ktap.line(3, "d[x-1]", SKIP, "why")]  # fmt: skip
    found = ktap.parse("\n".join(lines))
    assert [(r.name, r.status, r.why) for r in found] == [
        ("a_b", PASS, ""), ("c", FAIL, ""), ("d[x-1]", SKIP, "why")]  # fmt: skip


def test_names_of_tests_are_sentences():
    assert ktap.test_name("selftests/x/test_link.py::test_carrier_follows[on]") == (
        "link.carrier_follows[on]"
    )
