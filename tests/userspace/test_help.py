# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Help and the manual page know the same commands; installing puts them where they are found."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from . import guest as guests

MANUAL = guests.TREE / "Documentation/man/vmguest.1"

# They are there so that whoever asks is told that they are not.
ABSENT = {"globalconf", "gueststore"}


def test_each_command_has_help_and_stands_in_the_manual(programs: Path, families: set[str]):
    assert len(families) >= 13
    manual = MANUAL.read_text()
    for family in families:
        said = subprocess.run([programs / "vmguest", "help", family], check=True,
                              capture_output=True, text=True).stdout
        assert said.startswith(f"{family}: ") and max(map(len, said.splitlines())) <= 80
        assert family in ABSENT or re.search(rf"^\.(It )?Cm {family}\b", manual, re.MULTILINE)


def test_help_is_given_where_it_is_asked_for(programs: Path, families: set[str]):
    """Anywhere, to anybody, and nothing is done."""
    def say(*words: str) -> str:
        done = subprocess.run([programs / "vmguest", *words], check=True, capture_output=True)
        assert not done.stderr
        return done.stdout.decode("ascii")  # whatever the locale

    for family in families:
        for words in ([family, "--help"], [family, "-h"], [family, "get", "--help"]):
            assert say(*words) == say("help", family)
    assert say("--metrics", "--help") == say("--metrics", "file", "--help") == say("--help")


def test_no_line_of_the_manual_is_too_long():
    assert max(len(line.encode()) for line in MANUAL.read_text().splitlines()) <= 80


def test_installing_and_uninstalling(tmp_path: Path):
    def make(target: str) -> None:
        subprocess.run(["make", "-s", "-C", guests.TREE, target, f"DESTDIR={tmp_path}"], check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip

    make("install-tools")
    for name in guests.NAMES:
        assert (tmp_path / "usr/bin" / name).resolve().name == "vmguest"
    assert (tmp_path / "usr/share/man/man1/vmguest.1").exists()
    make("install-service")
    units = tmp_path / "usr/lib/systemd/system"
    for name in "open-vm-tools", "vmtoolsd":
        assert (units / f"{name}.service").resolve() == units / "vmguestd.service"
    make("uninstall-service")
    make("uninstall-tools")
    assert not [path for path in tmp_path.rglob("*") if not path.is_dir()]
