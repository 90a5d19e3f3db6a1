# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Debian systems that boot by themselves: a root file system on a disk, and the kernel and initramfs
that the distribution's own tools have put into its /boot.

Here everything but the hypervisor is as at an administrator's; the other guests of the lab boot from
memory, see layers.py.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import LabError, layers, progress, roots

_PACKAGES = ("linux-image-amd64", "linux-headers-amd64", "dkms", "initramfs-tools", "make", "kmod",
             "udev")  # fmt: skip
_MIB = 2048

# What runs in place of an init system.
_INIT = """#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t tmpfs run /run
exec /usr/sbin/lab-agent /dev/ttyS1
"""


@dataclass(frozen=True)
class System:
    """A system in a folder of its own, to be changed at will."""

    root: Path

    @property
    def release(self) -> str:
        (found,) = (path.name.removeprefix("vmlinuz-") for path in (self.root / "boot").glob("vmlinuz-*"))
        return found

    @property
    def vmlinuz(self) -> Path:
        return self.root / f"boot/vmlinuz-{self.release}"

    @property
    def initrd(self) -> Path:
        return self.root / f"boot/initrd.img-{self.release}"

    def run(self, *argv: str, source: Path | None = None) -> str:
        """As its root user, in it; `source` is seen as /src."""
        done = roots.run_in_root(self.root, argv, binds={source: "/src"} if source else {},
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise LabError(f"{' '.join(argv)} failed with status {done.returncode}:\n{done.stdout}")
        return done.stdout

    def disk(self, path: Path) -> Path:
        """Its file system as a disk image."""
        write_disk(self.root, path, _MIB)
        return path


def new(suite: str, folder: Path) -> System:
    """A fresh system of that release."""
    recipe = roots.Recipe(f"system-{suite}", (suite,), _PACKAGES, installed=True)
    base = roots.get(recipe, _finish)
    with progress.step(f"a copy of {suite}"):
        copy_root(base, folder)
    return System(folder)


def _finish(root: Path) -> None:
    init = root / "usr/sbin/lab-init"
    init.write_text(_INIT, "ascii")
    init.chmod(0o755)
    add_agent(root)


def add_agent(root: Path) -> None:
    """The program by which the host runs commands in it."""
    agent = root / "usr/sbin/lab-agent"
    agent.write_bytes(layers.guest_program("agent").read_bytes())
    agent.chmod(0o755)


def copy_root(root: Path, folder: Path) -> None:
    """A root to be changed, with its owners."""
    _in_namespace("cp", "-a", root, folder)


def write_disk(root: Path, path: Path, mib: int) -> None:
    """The files of a root, with their owners as seen inside, as a disk image."""
    _in_namespace("mke2fs", "-q", "-t", "ext4", "-d", root, path, f"{mib}M")


def _in_namespace(*argv: str | Path) -> None:
    """As the user who owns the files and is root in the system."""
    words: Sequence[str | Path] = ["unshare", "-r", "env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *argv]
    try:
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except subprocess.CalledProcessError as error:
        raise LabError(f"{argv[0]} failed: {error.stderr.decode(errors='replace')}") from error
