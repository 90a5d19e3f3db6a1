# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Broken guests must fail tests, each for its own reason: pytest runs a suite that cannot pass.

The suite is samples/sick.py; here is what KTAP must say about it.
"""

import os
import subprocess
from pathlib import Path

import pytest

from lab import ktap

SICK = Path(__file__).parent / "samples" / "sick.py"


@pytest.fixture(scope="module")
def outcome(request, tmp_path_factory):
    """The results of the sick suite by name, and the folder where it keeps its evidence."""
    results = tmp_path_factory.mktemp("sick")
    argv = [*ktap.PYTEST, "-o", "python_files=sick.py", str(SICK),
            "--driver", "intree", "--kernel", request.config.option.kernel, "--results", results]
    done = subprocess.run(argv, capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 1, done.stdout + done.stderr
    found = {result.name: result for result in ktap.parse(done.stdout)}
    assert len(found) == 6, done.stdout
    return found, results


def details(outcome, name):
    found, _ = outcome
    assert found[f"sick.{name}"].status == ktap.FAIL
    return "\n".join(found[f"sick.{name}"].details)


def test_a_healthy_test_passes_after_all_the_sick_ones(outcome):
    assert outcome[0]["sick.health"].status == ktap.PASS


def test_a_panic_fails_the_test_with_the_text_of_the_panic(outcome):
    assert "panic: sysrq triggered crash" in details(outcome, "panic")


def test_a_hung_guest_is_a_timeout_and_leaves_its_state(outcome):
    text = details(outcome, "hang")
    assert "Timeout >" in text
    folder = outcome[1] / "failed" / "sick_hang"
    assert "timeout: " in next(folder.glob("vm.*.exit")).read_text()
    assert "Show backtrace of all active CPUs" in next(folder.glob("vm.*.console.log")).read_text()


def test_a_failing_command_fails_the_test_as_such(outcome):
    assert "guest command failed with status 5: exit 5" in details(outcome, "command")


def test_a_warning_on_the_console_fails_the_test_that_caused_it(outcome):
    assert "the console shows a kernel splat" in details(outcome, "warning")


def test_a_death_of_qemu_is_told_from_one_of_the_guest(outcome):
    assert "died: QEMU ended with status" in details(outcome, "qemu")


def test_the_evidence_of_a_failure_is_kept(outcome):
    folder = outcome[1] / "failed" / "sick_warning"
    kinds = {path.name.split(".", 2)[-1] for path in folder.iterdir()}
    assert {"console.log", "qemu.log", "agent.log"} <= kinds
    assert any(path.suffix == ".pcap" for path in folder.iterdir())
