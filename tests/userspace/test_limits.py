# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What boot scripts and small images count on: size, libraries, time to start, system calls."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from .guest import Guest


def test_the_command_is_small(programs: Path, tmp_path: Path):
    stripped = tmp_path / "vmguest"
    subprocess.run(["strip", "-o", stripped, programs / "vmguest"], check=True)
    assert stripped.stat().st_size <= 150 * 1024


def test_it_links_libc_alone(programs: Path):
    said = subprocess.run(["readelf", "-dW", programs / "vmguest"], check=True,
                          capture_output=True, text=True).stdout
    assert [line.split("[")[1] for line in said.splitlines() if "(NEEDED)" in line] == ["libc.so.6]"]


def test_it_is_hardened(programs: Path):
    said = subprocess.run(["readelf", "-hldnsW", programs / "vmguest"], check=True,
                          capture_output=True, text=True).stdout
    for part in ("DYN (", "GNU_RELRO", "BIND_NOW", "__stack_chk_fail"):
        assert part in said, part
    stack = next(line for line in said.splitlines() if "GNU_STACK" in line)
    assert " RWE " not in stack


def test_300_requests_take_less_than_1500_ms_of_processor(guest: Guest):
    """Processor time of the programs: elapsed time is the tracer's, and everybody else's."""
    script = ("i=0; while [ $i -lt 300 ]; do vmware-rpctool 'log x' >/dev/null; i=$((i+1)); done; "
              "times")
    begun = time.monotonic()
    done = guest.run("sh", "-c", script)
    assert done.status == 0 and time.monotonic() - begun < 60
    user, system = done.out.split()[-2:]
    seconds = sum(int(part.split("m")[0]) * 60 + float(part.split("m")[1].rstrip("s"))
                  for part in (user, system))
    assert seconds < 1.5, done.out


def test_it_reads_no_file_that_a_user_could_plant(programs: Path, tmp_path: Path):
    """Neither the locale's, nor the current folder's, nor the environment's."""
    assert shutil.which("strace")
    log = tmp_path / "log"
    subprocess.run(["strace", "-f", "-o", log, "-e", "trace=openat,open,execve",
                    programs / "vmware-rpctool", "info-get guestinfo.a"], check=False,
                   env={"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"}, cwd=tmp_path,
                   capture_output=True)  # fmt: skip
    allowed = ("/etc/ld.so", "/lib", "/usr/lib/x86_64-linux-gnu/libc.so", "/sys/class/dmi/",
               "/proc/cpuinfo", str(programs))  # fmt: skip
    for line in log.read_text().splitlines():
        if '"' in line:
            path = line.split('"')[1]
            assert path.startswith(allowed), line
