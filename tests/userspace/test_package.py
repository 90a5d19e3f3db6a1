# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The Debian package, as it is built; selftests/vmguestd/test_package.py installs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from . import guest as guests


def build(folder: Path, **environment: str) -> Path:
    done = subprocess.run(["make", "-s", "-C", guests.TREE, "deb", f"DEBS={folder}"], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **environment})
    assert not done.returncode, done.stdout[-4000:]
    (package,) = folder.glob("vmguest_*.deb")
    return package


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("first") / "debs")


@pytest.mark.timeout(600)
def test_the_same_tree_gives_the_same_package(package: Path, tmp_path: Path):
    before = os.umask(0o077)
    try:
        again = build(tmp_path / "in/another/folder", TZ="Pacific/Chatham", LC_ALL="C.UTF-8", HOME="/nonexistent")
    finally:
        os.umask(before)
    assert again.read_bytes() == package.read_bytes()


@pytest.mark.timeout(600)
def test_lintian_finds_nothing(package: Path):
    """Of any severity, but for what packaging/debian says why it is so."""
    (changes,) = package.parent.glob("*.changes")
    said = subprocess.run(["lintian", "--allow-root", "--display-info", "--display-experimental", "--pedantic",
                           changes], check=False, capture_output=True, text=True)  # fmt: skip
    assert (said.returncode, said.stdout) == (0, "")


def test_it_is_in_the_place_of_open_vm_tools(package: Path):
    for field in "Provides", "Conflicts", "Replaces":
        said = subprocess.run(["dpkg-deb", "--field", package, field], check=True, capture_output=True, text=True)
        assert said.stdout == "open-vm-tools\n"


def test_zsh_finds_its_completion(package: Path):
    """Debian's looks for those of packages elsewhere than upstream's."""
    listing = subprocess.run(["dpkg-deb", "--contents", package], check=True, capture_output=True, text=True).stdout
    (found,) = [line.split()[-1] for line in listing.splitlines() if line.endswith("/_vmguest")]
    paths = subprocess.run(["zsh", "-f", "-c", "print -l $fpath"], check=True, capture_output=True, text=True).stdout
    assert os.path.dirname(found).removeprefix(".") in paths.split()
