# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Tests that fail, each in its own way; run by test_reports.py and by nothing else."""

import os
import signal

import pytest


def test_panic(vm):
    vm.run("echo c >/proc/sysrq-trigger")


@pytest.mark.timeout(5)
def test_hang(vm):
    vm.run("sleep 1000", timeout=1000)


def test_command(vm):
    vm.run("exit 5")


def test_warning(vm, tap):
    tap.capture()
    vm.run("echo 'WARNING: CPU: 0 PID: 1 at nowhere' >/dev/kmsg")


def test_qemu(vm):
    os.kill(vm.pid, signal.SIGABRT)
    vm.run("true")


def test_health(vm):
    vm.run("true")
