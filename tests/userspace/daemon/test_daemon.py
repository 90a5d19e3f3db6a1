# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The shipped vmguestd, both of its processes, between an emulated host and namespaces in which root may
do nothing to this machine (enter.py). It is traced by what plays the hypervisor, and therefore leaves
clock, power and disks alone by itself as well.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..guest import TREE, build_programs
from ..test_manual import names_in, report_names
from . import soak
from .running import DAEMON, DEADLINE, HERE, Running, private_kib, registered, wait_for


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    build_programs()


@pytest.fixture
def running() -> Iterator[Running]:
    daemon = Running()
    yield daemon
    daemon.close()


def test_registers_and_reports(running: Running) -> None:
    registered(running)
    wait_for(lambda: "os" in running.host.do("state", part="guest")["state"], "no guest info")
    guest = running.host.do("state", part="guest")["state"]
    assert guest["os"]["short"].startswith("debian")
    assert guest["malformed"] == 0
    status = running.ask({"get": "status"})
    assert status["ok"] and status["daemon"]["host"]["connected"]
    # What and what to do of problems, of which there are none here.
    assert names_in(status["daemon"]) | {"what", "do"} == report_names("daemon")


def test_two_processes_of_which_one_may_do_nothing(running: Running) -> None:
    registered(running)
    broker, worker = running.both()
    of_broker, of_worker = running.status(broker), running.status(worker)
    keep = 1 << 21 | 1 << 25 | 1 << 2       # SYS_ADMIN, SYS_TIME, DAC_READ_SEARCH
    assert int(of_broker["CapEff"], 16) == keep == int(of_broker["CapPrm"], 16)
    for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"):
        assert int(of_worker[name], 16) == 0
    assert of_worker["Seccomp"] == "2" and of_worker["NoNewPrivs"] == "1"
    assert "0" not in of_worker["Uid"].split()


def test_nobody_else_can_hold_its_lock(running: Running) -> None:
    """flock() is for whoever can open a file: a user who waits in it has it when the daemon is restarted."""
    registered(running)
    lock = Path(f"/proc/{running.pids()[0]}/root/run/vmguestd/lock")
    assert lock.stat().st_mode & 0o777 == 0o600


def test_small(running: Running) -> None:
    registered(running)
    private = {pid: private_kib(pid) for pid in running.both()}
    assert sum(private.values()) <= 2048, private
    stripped = running.folder / "stripped"
    subprocess.run(["strip", "-o", stripped, DAEMON], check=True)
    assert stripped.stat().st_size <= 250 << 10
    needs = subprocess.run(["objdump", "-p", DAEMON], check=True, capture_output=True, text=True)
    libraries = set(re.findall(r"NEEDED +(\S+?)\.so", needs.stdout))
    assert libraries <= {"libc", "libnl-3", "libnl-genl-3", "libudev", "libz"}


def test_a_flood_of_commands_leaves_nothing_behind(running: Running) -> None:
    registered(running)
    soak.flood(running, 5000)
    before = soak.size(running)
    soak.flood(running, 20000)
    # What the broker was asked for last has one of its own until it is done.
    grown = wait_for(lambda: (more := soak.size(running) - before).descriptors <= 0 and more,
                     "descriptors stay open")  # fmt: skip
    assert isinstance(grown, soak.Size) and grown.anonymous_kib <= soak.NOISE_KIB, grown


def test_a_second_one_is_refused(running: Running) -> None:
    registered(running)
    root = f"/proc/{running.pids()[0]}/root/run/vmguestd/lock"
    done = subprocess.run(["flock", "-n", root, "true"], check=False)
    assert done.returncode == 1


@pytest.mark.parametrize("which", [0, 1])
def test_killed_it_ends_and_takes_the_other_along(running: Running, which: int) -> None:
    registered(running)
    pids = running.both()
    os.kill(pids[which], signal.SIGKILL)
    wait_for(lambda: not running.pids(), "the other one still runs")
    assert running.process.wait(DEADLINE) != 0
    # The tracer ends with the broker, and takes the worker's last word along.
    assert which == 0 or b"the worker was ended by signal 9" in running.log.read_bytes()


def test_told_to_end_it_takes_leave(running: Running) -> None:
    registered(running)
    os.kill(running.pids()[0], signal.SIGTERM)
    assert running.process.wait(DEADLINE) == 0


@pytest.mark.timeout(600)       # with what is compiled for it, if nobody has yet
@pytest.mark.parametrize("suite", ["hostile", "customize"])
def test_no_string_of_the_host_reaches_a_program_or_a_path(tmp_path: Path, suite: str) -> None:
    """All calls that name files or programs are on record, while the host sends what it likes."""
    subprocess.run(["make", "-s", "-C", HERE, "unit"], check=True, stdout=subprocess.DEVNULL)
    calls = tmp_path / "calls"
    env = {**os.environ, "CK_RUN_SUITE": suite, "CK_FORK": "no", "ASAN_OPTIONS": "detect_leaks=0"}
    subprocess.run(["strace", "-f", "--seccomp-bpf", "-o", calls, "-s", "4096",
                    "-e", "trace=%file,%process,connect,bind", HERE / ".build/unit"],
                   check=True, env=env, cwd=HERE, capture_output=True, timeout=300)
    text = calls.read_text("utf-8", "replace")
    assert "/proc/sys/kernel/hostname" in text      # it was looked at
    assert "hostile-marker" not in text
    assert not Path("/tmp/hostile-marker").exists()


def test_exposure_of_the_unit() -> None:
    unit = TREE / "packaging/systemd/vmguestd.service"
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
                          check=True, capture_output=True, text=True)
    score = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert score and float(score[1]) <= 1.5


def test_off_vmware_one_line_says_so() -> None:
    done = subprocess.run([DAEMON], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert re.fullmatch(r"vmguestd: this is no guest of VMware: .+\n", done.stderr)
    assert not done.stdout


@pytest.mark.parametrize("text,status", [("[vmbackup]\nfreeze-limit=20\n", 0),
                                         ("[vmbackup]\nfreeze-limit=soon\n", 1), ("nonsense\n", 1)])
def test_the_configuration_can_be_checked(tmp_path: Path, text: str, status: int) -> None:
    conf = tmp_path / "tools.conf"
    conf.write_text(text, "ascii")
    done = subprocess.run([DAEMON, "--check-config", "--config", conf], check=False,
                          capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    assert not status or f"{conf}:" in done.stderr
