# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""vmtoolsd as the service: it runs vmguestd, here a script that notes how it was called."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import guest as guests
from .guest import Guest

SCRIPT = "#!/bin/sh\necho \"$*\" >$0.args\necho running\nexec sleep 60\n"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where vmguestd is for a vmguest that is built for it."""
    with tempfile.TemporaryDirectory(prefix="vmguest-") as name:
        folder = Path(name)
        subprocess.run(["make", "-s", "-C", guests.TREE / "userspace", f"sbindir={folder}",
                        f"B={folder}/build", f"{folder}/build/vmguest"], check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        (folder / "vmtoolsd").symlink_to("build/vmguest")
        yield folder


@pytest.fixture(scope="module")
def guest(folder: Path) -> Iterator[Guest]:
    with Guest(bin=folder, places=guests.our_places(folder / "build/vmguest")) as guest:
        yield guest


@pytest.fixture
def daemon(folder: Path) -> Iterator[Path]:
    path = folder / "vmguestd"
    path.write_text(SCRIPT)
    path.chmod(0o755)
    yield path
    path.unlink()


def test_in_the_foreground_it_becomes_the_daemon(guest: Guest, daemon: Path):
    daemon.write_text(SCRIPT.replace("sleep 60", "true"))
    assert guest.run("vmtoolsd").out == "running\n"
    assert (daemon.parent / "vmguestd.args").read_text() == "\n"
    assert guest.run("vmtoolsd", "-n", "vmsvc", "-p", "/x", "-c", "/etc/conf").status == 0
    assert (daemon.parent / "vmguestd.args").read_text() == "--config /etc/conf\n"


def test_in_the_background_its_number_is_written(guest: Guest, daemon: Path):
    pidfile = guest.folder / "pid"
    done = guest.run("vmtoolsd", "--background", str(pidfile))
    assert (done.status, done.out, done.err) == (0, "", "")
    pid = int(pidfile.read_text())
    try:
        assert os.getsid(pid) == pid
    finally:
        os.kill(pid, signal.SIGTERM)


def test_a_pid_file_that_cannot_be_written_leaves_no_daemon(guest: Guest, daemon: Path):
    done = guest.run("vmtoolsd", "-b", "/nowhere/pid")
    assert done.status == 1 and "cannot write /nowhere/pid" in done.err


def test_a_daemon_that_is_not_there_is_an_error(guest: Guest, folder: Path):
    for words in ([], ["-b", str(guest.folder / "none")]):
        done = guest.run("vmtoolsd", *words)
        assert done.status == 1 and f"cannot run {folder}/vmguestd" in done.err
    assert not (guest.folder / "none").exists()


def test_there_is_no_agent_for_desktops(guest: Guest):
    done = guest.run("vmtoolsd", "-n", "vmusr")
    assert done.status == 1 and "vmusr" in done.err
