# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Debian systems with the guest software of others, which proves the emulated host: open-vm-tools
and cloud-init as they are packaged, under systemd.

The system is on a disk, which no guest changes for good; the kernel is any of the lab's, and its
initramfs does no more than to enter the disk. How the host is emulated is the business of vmhost.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import cache, image, kernels, layers, progress, roots

if TYPE_CHECKING:
    from .vmhost import VmHost

PACKAGES = ("systemd-sysv", "udev", "kmod", "iproute2", "open-vm-tools", "cloud-init")

# By the first number of open-vm-tools' version.
SYSTEMS = {
    "12": roots.Recipe("tools-12", ("bookworm",), PACKAGES, installed=True),
    "13": roots.Recipe("tools-13", ("trixie", "trixie-backports"), PACKAGES, installed=True),
}

_MIB = 1536

# What the disk is reached by, and a NIC to report.
MODULES = ("virtio_pci", "virtio_blk", "virtio_net", "ext4")

MEMORY = 1024  # MiB

# Whatever fails ends it, and so the kernel.
_ENTER_DISK = """#!/bin/busybox sh
set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in {modules}; do modprobe $module; done
mkdir /mnt
mount -o noatime /dev/vda /mnt
umount /proc /sys
mount -o move /dev /mnt/dev
exec switch_root /mnt /sbin/init
"""

_AGENT = """[Unit]
Description=How the lab runs commands here
DefaultDependencies=no
After=local-fs.target systemd-tmpfiles-setup.service
Before=shutdown.target
Conflicts=shutdown.target

[Service]
ExecStart=/usr/sbin/lab-agent /dev/ttyS1
KillMode=process
"""

# Housekeeping of long-lived systems, and terminals for people: under emulation each takes seconds.
_MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer", "dev-hugepages.mount", "dev-mqueue.mount",
           "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer",
           "getty-static.service", "getty@.service", "ldconfig.service", "modprobe@.service",
           "serial-getty@.service", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
           "systemd-journal-flush.service", "systemd-pstore.service", "systemd-random-seed.service",
           "systemd-tmpfiles-clean.timer", "systemd-update-utmp.service",
           "systemd-update-utmp-runlevel.service")  # fmt: skip


def disk(name: str) -> Path:
    """The system as a disk image, made on first use."""
    return make_disk(f"tools-{name}", roots.get(SYSTEMS[name]), _MIB)


def make_disk(name: str, root: Path, mib: int, *ingredients: str | Path,
              install: Callable[[Path], None] = lambda root: None) -> Path:  # fmt: skip
    """A root as a disk of the lab's, with what `install` puts into it of the `ingredients`."""
    def write(path: Path) -> None:
        with progress.step(f"the disk {name}"):
            copy = path.with_name("root")
            image.copy_root(root, copy)
            _prepare(copy)
            install(copy)
            image.write_disk(copy, path, mib)

    key = cache.key(root.name, str(mib), Path(__file__), layers.guest_program("agent").name,
                    *ingredients)  # fmt: skip
    return cache.entry("disks", name, key, write)


def guest_layers(kernel: kernels.Kernel, more: tuple[str, ...] = ()) -> list[Path]:
    """The initramfs that enters the disk, with `more` modules loaded."""
    modules = layers.with_checksums(kernel, (*MODULES, *more))
    script = _ENTER_DISK.format(modules=" ".join((*MODULES, *more)))
    return [layers.base(), layers.kernel(kernel, modules), layers.files({"enter-disk": script})]


def config(disk: Path, host: VmHost, append: str = "cloud-init=disabled") -> dict[str, Any]:
    """Arguments of VM() for a guest of that host; what it writes to its disk is forgotten."""
    own = host.config()
    drive = f"if=virtio,format=raw,snapshot=on,file={disk}"
    return {**own, "extra": [*own["extra"], "-drive", drive], "mem": MEMORY,
            "append": f"rdinit=/enter-disk net.ifnames=0 {append}"}  # fmt: skip


def _prepare(root: Path) -> None:
    """What makes a system one of the lab's."""
    image.add_agent(root)
    units = root / "etc/systemd/system"
    (units / "lab-agent.service").write_text(_AGENT, "ascii")
    _link(units / "sysinit.target.wants/lab-agent.service", "/etc/systemd/system/lab-agent.service")
    for name in _MASKED:
        _link(units / name, "/dev/null")
    (root / "etc/hostname").write_text("tools\n", "ascii")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n127.0.1.1 tools.example.org tools\n", "ascii")
    # Not its first start, which would set up a system anew.
    (root / "etc/machine-id").write_text("4c8f3c1de7b04c5a9a4bb1d7a5a0f0c1\n", "ascii")
    (root / "etc/fstab").write_text("", "ascii")


def _link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)
