# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A call that the processor refuses is survived; a fault of the program itself is not hidden."""

from __future__ import annotations

import signal
import subprocess

import pytest

from . import guest as guests

GUARD = guests.HERE / ".build/guard"


@pytest.fixture(params=["machine", "guest"])
def run(request: pytest.FixtureRequest, programs):
    """On this machine, whatever it is, and where the host answers."""
    first = [guests.VMRUN] if request.param == "guest" else []

    def run(what: str) -> tuple[int, list[str]]:
        done = subprocess.run([*first, GUARD, what], capture_output=True, text=True, check=False)
        status = done.returncode if done.returncode < 128 else 128 - done.returncode
        lines = done.stdout.splitlines()
        if request.param == "guest":
            assert lines[0] == "answered"
        return status, lines

    return run


def test_a_call_is_refused_or_answered(run):
    status, lines = run("call")
    assert status == 0 and lines[0] in ("refused", "answered")


@pytest.mark.parametrize("what", ["null", "sent", "port"])
def test_a_fault_of_the_program_ends_it(run, what: str):
    assert run(what)[0] == -signal.SIGSEGV


@pytest.mark.parametrize("what", ["own", "restored"])
def test_who_handled_faults_before_does_so_again(run, what: str):
    assert run(what)[0] == 3
