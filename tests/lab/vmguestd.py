# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A Debian system whose open-vm-tools our package has taken the place of: the same as those of
openvmtools.py otherwise.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import LabError, cache, image, kernels, openvmtools, progress, roots

if TYPE_CHECKING:
    from .vmhost import VmHost

_TREE = Path(__file__).parents[2]
# What the package is made of; see deb-files in the Makefile.
_SOURCES = ("userspace", "packaging", "drivers/include", "Documentation/man", "Makefile", "VERSION")
_BUILT = (".build", ".o")

# What the package needs, what its tests watch with, who asks where it runs, and something to be taken
# the place of.
_RECIPE = roots.Recipe("vmguestd", openvmtools.SYSTEMS["13"].suites, (
    *openvmtools.PACKAGES, "libnl-3-200", "libnl-genl-3-200", "e2fsprogs", "procps", "strace", "chrony",
    "ansible-core", "facter", "virt-what",
), installed=True)  # fmt: skip

# Systems in which it is yet to do so, by the number of the release; /srv has both packages.
_LIBRARIES = ("libnl-3-200", "libnl-genl-3-200")
UNTOUCHED = {
    release: roots.Recipe(f"untouched-{release}", (suite,), (*openvmtools.PACKAGES, *_LIBRARIES, "procps"),
                          installed=True, debs=("open-vm-tools",))
    for release, suite in (("12", "bookworm"), ("13", "trixie"))
}  # fmt: skip

MIB = 1536

# Besides those of openvmtools.py: what a guest may have mounted.
MODULES = ("fuse", "nfsv3")


def packages() -> Path:
    """The folder of the packages that `make deb` builds of this tree."""
    found = [path for name in _SOURCES for path in _files(_TREE / name)]

    def build(path: Path) -> None:
        with progress.step("the packages"):
            done = subprocess.run(["make", "-C", _TREE, "deb", f"DEBS={path}"], check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
        if done.returncode:
            raise LabError(f"`make deb` failed:\n{done.stdout[-4000:]}")

    return cache.entry("packages", "vmguest", cache.tree_key(_TREE, found), build)


def disk() -> Path:
    """The system as a disk image, made on first use."""
    built = packages()
    (package,) = built.glob("vmguest_*.deb")

    def install(root: Path) -> None:
        system = image.System(root)
        system.run("dpkg", "--install", f"/src/{package.name}", source=built)
        # Whose clock it is, tests decide.
        system.run("ln", "-sf", "/dev/null", "/etc/systemd/system/chrony.service")

    return openvmtools.make_disk("vmguestd", roots.get(_RECIPE), MIB, built.name, install=install)


def untouched_disk(release: str) -> Path:
    """A system with open-vm-tools, and in /srv the package that is to take its place."""
    built = packages()

    def add(root: Path) -> None:
        image.System(root).run("sh", "-c", "cp /src/vmguest_*.deb /srv", source=built)

    name = f"untouched-{release}"
    return openvmtools.make_disk(name, roots.get(UNTOUCHED[release]), MIB, built.name, install=add)


def disk_of_both() -> Path:
    """The same system with open-vm-tools left in place, and ours beside: its command has the name of
    its own alone. Neither is started by itself.
    """
    built = packages()
    (package,) = built.glob("vmguest_*.deb")

    def install(root: Path) -> None:
        system = image.System(root)
        system.run("sh", "-c", f"dpkg-deb --fsys-tarfile /src/{package.name} | "
                   "tar -x -C / --skip-old-files --keep-directory-symlink", source=built)  # fmt: skip
        system.run("systemd-sysusers")
        system.run("systemctl", "disable", "open-vm-tools.service", "vgauth.service")

    return openvmtools.make_disk("both-tools", roots.get(_RECIPE), MIB, built.name,
                                 install=install)  # fmt: skip


def guest_layers(kernel: kernels.Kernel, *more: str) -> list[Path]:
    """The initramfs that enters the disk, with `more` modules loaded."""
    return openvmtools.guest_layers(kernel, (*MODULES, *more))


def config(host: VmHost, append: str = "cloud-init=disabled", system: Path | None = None) -> dict[str, Any]:
    """Arguments of VM() for a guest of that host, from that disk."""
    return openvmtools.config(system or disk(), host, append)


def _files(top: Path) -> list[Path]:
    if top.is_file():
        return [top]
    return [path for path in sorted(top.rglob("*")) if path.is_file()
            and not any(part in _BUILT for part in path.parts) and path.suffix not in _BUILT]  # fmt: skip
