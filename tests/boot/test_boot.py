# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A Debian system whose root is on PVSCSI, with our modules installed by dkms: it must boot.

dkms 3.2 and later takes the kernel's own modules away, and then what initramfs-tools finds by itself
is nothing (Documentation/packaging.md). So the failure without our hook is shown as well.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import image, kernels
from lab.disks import Adapter, Disk
from lab.vm import VM

TREE = Path(__file__).parents[2]
HOOK = "usr/share/initramfs-tools/hooks/vmguest"
MOVES_AWAY = {"bookworm": False, "trixie": True}


@dataclass
class Installed:
    """A system after `make dkms-install`."""

    suite: str
    system: image.System
    source: Path
    said: str

    def modules(self, initrd):
        """Paths of drivers in an initramfs."""
        listed = self.system.run("lsinitramfs", f"/boot/{initrd}").splitlines()
        return sorted(line for line in listed if "/vmw_pvscsi.ko" in line or "/vmxnet3.ko" in line)


@pytest.fixture(scope="module", params=[pytest.param("bookworm", marks=pytest.mark.thorough), "trixie"])
def installed(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    system = image.new(request.param, folder / "root")
    # A copy, for the system's root may write into it.
    source = folder / "source"
    subprocess.run(["git", "-C", TREE, "checkout-index", "-a", f"--prefix={source}/"], check=True)
    said = system.run("make", "-C", "/src", "dkms-install", f"KVER={system.release}", source=source)
    yield Installed(request.param, system, source, said)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def disk(installed, tmp_path_factory):
    return installed.system.disk(tmp_path_factory.mktemp("disk") / "disk")


def machine(installed, initrd, disk, folder):
    """With its root on PVSCSI, and nothing else."""
    system = installed.system
    kernel = kernels.Kernel(name=installed.suite, release=system.release, vmlinuz=system.vmlinuz,
                            modules=Path(), root=system.root, kdir="", cc="")  # fmt: skip
    adapter = Adapter([Disk(0, {"driver": "raw", "file": {"driver": "file", "filename": str(disk)}})])
    return VM(kernel, [system.root / "boot" / initrd], extra=adapter.args(), logs=folder, mem=1024,
              append="root=/dev/sda rw init=/usr/sbin/lab-init")  # fmt: skip


def test_dkms_has_both_modules(installed):
    status = installed.system.run("dkms", "status")
    assert "vmguest" in status and "installed" in status
    for module in "vmw_pvscsi", "vmxnet3":
        path = installed.system.run("modinfo", "-k", installed.system.release, "-n", module).strip()
        assert "/updates/dkms/" in path
    originals = installed.system.run("find", f"/lib/modules/{installed.system.release}/kernel",
                                     "-name", "vmw_pvscsi.ko*")  # fmt: skip
    assert (not originals.strip()) == MOVES_AWAY[installed.suite]


def test_the_initramfs_has_ours_and_says_so(installed):
    found = installed.modules(installed.system.initrd.name)
    assert len(found) == 2
    assert all("/updates/dkms/" in path for path in found)
    assert "the initramfs of" in installed.said
    assert "/updates/dkms/vmw_pvscsi.ko" in installed.said


def test_it_boots_from_its_root_on_pvscsi(installed, disk, tmp_path):
    with machine(installed, installed.system.initrd.name, disk, tmp_path) as vm:
        vm.boot(timeout=180)
        assert vm.run("cat /sys/module/vmw_pvscsi/version") == (TREE / "VERSION").read_text()
        root = vm.run("grep ' / ' /proc/mounts")
        assert "ext4 rw" in root
        assert "vmw_pvscsi" in vm.run("cat /sys/class/scsi_host/host*/proc_name")
        vm.run("dd if=/dev/urandom of=/root/noise bs=1M count=8 conv=fsync; "
               "sha256sum /root/noise >/root/sum; sync")  # fmt: skip
        vm.reset(timeout=180)
        vm.run("sha256sum -c /root/sum")


def test_it_does_not_without_our_hook(installed, disk, tmp_path):
    """Where dkms moves the kernel's own modules away."""
    system = installed.system
    shutil.copy(system.initrd, system.root / "boot/initrd.kept")
    (system.root / HOOK).rename(system.root / "root/hook")
    try:
        system.run("update-initramfs", "-u", "-k", system.release)
        shutil.copy(system.initrd, system.root / "boot/initrd.without")
        found = installed.modules("initrd.without")
    finally:
        (system.root / "root/hook").rename(system.root / HOOK)
        shutil.copy(system.root / "boot/initrd.kept", system.initrd)
    if not MOVES_AWAY[installed.suite]:
        assert len(found) == 2
        return
    assert not found
    with machine(installed, "initrd.without", disk, tmp_path) as vm:
        vm.start()
        vm.wait_console("Gave up waiting for root", timeout=180)
        vm.wait_console("/dev/sda does not exist", timeout=60)


def test_what_was_installed_is_taken_back(installed):
    """And the kernel's own modules are used again."""
    system = installed.system
    system.run("make", "-C", "/src", "dkms-remove", f"KVER={system.release}", source=installed.source)
    for module in "vmw_pvscsi", "vmxnet3":
        path = system.run("modinfo", "-k", system.release, "-n", module).strip()
        assert "/kernel/drivers/" in path
    assert not (system.root / HOOK).exists()
    found = installed.modules(system.initrd.name)
    assert len(found) == 2
    assert all("/kernel/drivers/" in path for path in found)
