# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""make install-tools and install-service, and the way back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from . import guest as guests


def make(folder: Path, prefix: str, *targets: str) -> None:
    done = subprocess.run(["make", "-s", "-C", guests.TREE, *targets, f"B={folder / 'build'}",
                           f"DESTDIR={folder / 'root'}", f"prefix={prefix}"],
                          check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
    assert not done.returncode, done.stdout[-4000:]


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if not path.is_dir()]


@pytest.mark.timeout(300)
def test_whatever_the_prefix_is_what_starts_the_daemon_finds_it(tmp_path: Path):
    root = tmp_path / "root"
    for prefix in "/usr", "/opt/vmguest":
        make(tmp_path, prefix, "install-tools", "install-service")
        daemon = f"{prefix}/sbin/vmguestd"
        assert (root / daemon[1:]).is_file()
        lines = [line for unit in root.glob("usr/lib/systemd/system/vmguestd*.service")
                 for line in unit.read_text().splitlines() if line.startswith("ExecSt")]  # fmt: skip
        assert len(lines) >= 4 and all(line.split("=")[1].split()[0] == daemon for line in lines)
        # vmtoolsd, which runs it
        assert b"\0" + daemon.encode() + b"\0" in (root / f"{prefix[1:]}/bin/vmguest").read_bytes()
        for _ in range(2):
            make(tmp_path, prefix, "uninstall-tools", "uninstall-service")
        assert not files(root)


def test_what_an_administrator_has_made_stays(tmp_path: Path):
    root = tmp_path / "root"
    script = root / "etc/vmware-tools/backupScripts.d/10-database"
    script.parent.mkdir(parents=True)
    script.touch()
    make(tmp_path, "/usr", "install-service")
    make(tmp_path, "/usr", "uninstall-service")
    assert files(root) == [script]
