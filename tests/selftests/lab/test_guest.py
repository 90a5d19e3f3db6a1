# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The lab proves itself on a guest before it judges a driver: what it reports is what happened.

It runs on the kernel's own modules only. That a failure of each kind fails a test, and is named
for what it is, is in test_reports.py.
"""

import pytest

from lab.vm import CommandFailed, Deadline, GuestDied

pytestmark = pytest.mark.smoke


def test_a_command_gives_its_output_and_status(vm):
    assert vm.run("echo out; echo err >&2") == "out\nerr\n"
    assert vm.run("exit 7", check=False).rc == 7
    assert vm.run("kill -9 $$", check=False).rc == 128 + 9


def test_a_failing_command_is_reported_with_its_output(vm):
    with pytest.raises(CommandFailed, match="(?s)status 3: .*all is lost"):
        vm.run("echo all is lost; exit 3")


def test_a_command_that_does_not_end_is_a_missed_deadline(vm):
    job = vm.spawn("sleep 1000")
    with pytest.raises(Deadline, match="sleep 1000"):
        vm.wait(job, timeout=0.2)
    assert vm.stop(job).rc == 128 + 15
    assert vm.run("pidof sleep", check=False) == ""


def test_commands_run_side_by_side(vm):
    vm.run("mkfifo /tmp/fifo")
    reader = vm.spawn("cat /tmp/fifo")
    vm.run("echo through >/tmp/fifo")
    assert vm.wait(reader) == "through\n"


def test_any_bytes_pass_in_both_directions(vm):
    data = bytes(range(256)) * 300
    vm.put("/tmp/data", data, mode="600")
    assert vm.get("/tmp/data") == data
    assert vm.run("stat -c %a /tmp/data") == "600\n"


def test_what_the_kernel_says_is_on_the_console(vm):
    mark = vm.mark()
    vm.run("echo the lab was here >/dev/kmsg")
    vm.wait_console(r"\] the lab was here", since=mark)


def test_the_monitor_answers_and_reports_events(vm):
    assert vm.qmp("query-status")["running"]
    vm.qmp("stop")
    vm.wait_event("STOP")
    vm.qmp("cont")
    vm.wait_event("RESUME")


def test_the_reset_button_brings_a_fresh_guest(vm):
    vm.run("touch /tmp/from-before")
    vm.reset()
    assert vm.run("ls /tmp") == ""


@pytest.mark.console_allow("sysrq_handle_crash")
def test_a_panic_is_reported_with_its_text(vm):
    with pytest.raises(GuestDied, match="panic: sysrq triggered crash"):
        vm.run("echo c >/proc/sysrq-trigger")
    assert vm.exit_reason.kind == "panic"


def test_a_shutdown_is_a_clean_end_and_the_next_test_gets_a_new_guest(vm):
    assert vm.boots > 1, "the panic of the test before was not noticed"
    assert vm.powerdown().kind == "clean"
    assert not vm.running


def test_what_is_said_at_the_end_is_heard(vm):
    assert vm.qmp("quit") == {}
    reason = vm.await_exit()
    assert not vm.running
    assert vm.await_exit() == reason


def test_a_kernel_that_stays_in_its_start_gets_one_more(vm_machine, monkeypatch):
    vm = vm_machine.vm
    vm.kill()
    monkeypatch.setattr(vm, "extra", [*vm.extra, "-S"])     # it executes nothing
    boots = vm.boots
    with pytest.raises(Deadline):
        vm.boot(timeout=0.1)
    assert vm.boots == boots + 2
