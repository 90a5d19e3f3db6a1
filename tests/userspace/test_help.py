# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Help, the manual page and completion know the same commands."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from . import guest as guests

MANUAL = guests.TREE / "Documentation/man/vmguest.1"
COMPLETION = guests.TREE / "userspace/completion"

# They are there so that whoever asks is told that they are not.
ABSENT = {"globalconf", "gueststore"}


@pytest.fixture(scope="module")
def families(programs: Path) -> set[str]:
    said = subprocess.run([programs / "vmguest", "--help"], check=True, capture_output=True,
                          text=True).stdout
    return set(re.findall(r"^  ([a-z]+)  ", said, re.MULTILINE))


def test_each_command_has_help_and_stands_in_the_manual(programs: Path, families: set[str]):
    assert len(families) >= 13
    manual = MANUAL.read_text()
    for family in families:
        said = subprocess.run([programs / "vmguest", "help", family], check=True,
                              capture_output=True, text=True).stdout
        assert said.startswith(f"{family}: ") and max(map(len, said.splitlines())) <= 80
        assert family in ABSENT or re.search(rf"^\.(It )?Cm {family}\b", manual, re.MULTILINE)


def complete(*words: str) -> set[str]:
    """What bash offers for the last of the words."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_vmguest; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, "bash", COMPLETION / "vmguest.bash", *words],
                          check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_bash_completes_commands(families: set[str]):
    assert complete("vmguest", "") >= families
    assert complete("vmware-toolbox-cmd", "") >= families - {"status", "top", "rpc"}
    assert complete("vmware-toolbox-cmd", "sta") == {"stat"}
    assert complete("vmguest", "sta") == {"stat", "status"}
    assert complete("vmguest", "script", "su") == {"suspend"}
    assert complete("vmguest", "script", "suspend", "d") == {"default", "disable"}
    assert complete("vmguest", "logging", "level", "set", "vmsvc", "e") == {"error"}


def test_zsh_knows_the_same_commands(families: set[str]):
    text = (COMPLETION / "vmguest.zsh").read_text()
    offered = set(re.findall(r"^\t'([a-z]+):", text, re.MULTILINE))
    assert offered == (families - ABSENT) | {"help"}


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
    make("uninstall-tools")
    assert not [path for path in tmp_path.rglob("*") if not path.is_dir()]
