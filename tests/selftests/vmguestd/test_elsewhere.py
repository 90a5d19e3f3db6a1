# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The same system on another hypervisor, and on none: nothing runs, and each program says so in one line."""

import pytest

from lab import openvmtools, vmguestd
from lab.vm import CPU

MACHINES = {
    "another hypervisor": ("qemu", "the hypervisor is QEMU", []),
    "bare metal": ("none", "there is no hypervisor", [
        "-cpu", f"{CPU},-hypervisor", "-smbios", "type=0,vendor=Maker,vm=off",
        "-smbios", "type=1,manufacturer=Maker,product=Server", "-smbios", "type=2,manufacturer=Maker"]),
}  # fmt: skip

# Status and words, by what is run.
PROGRAMS = {
    (1, "{}: this is no guest of VMware: {why}"): ["vmguestd", "vmguestd --worker", "vmguestd --network"],
    (69, "{}: not a guest of VMware: {why}"): [
        "vmguest status", "vmguest status --json", "vmguest --metrics", "vmguest top -n 1",
        "vmguest rpc 'info-get guestinfo.x'", "vmguest stat speed"],
    (255, "Error: {} must be run inside a virtual machine on a VMware hypervisor product."): [
        "vmware-rpctool 'info-get guestinfo.x'", "vmware-xferlogs -p /etc/passwd"],
    (1, "Error: {} must be run inside a virtual machine on a VMware hypervisor product."): ["vmware-checkvm"],
    (1, "{} must be run inside a virtual machine."): [
        "vmware-toolbox-cmd stat speed", "vmware-toolbox-cmd disk list"],
    (1, "{}: there is no shared folder in vmguest"): ["vmware-hgfsclient", "vmhgfs-fuse"],
    (2, "{}: there is no shared folder in vmguest"): ["vmhgfs-fuse --enabled"],
    (1, "{}: there is no name space in vmguest"): ["vmware-namespace-cmd get-value x"],
    (1, ""): ["vmtoolsd", "vmtoolsd --cmd 'info-get guestinfo.x'"],
}  # fmt: skip


@pytest.fixture(scope="module", params=MACHINES)
def machine(request):
    return MACHINES[request.param]


@pytest.fixture(scope="module")
def vm_config(machine):
    drive = f"if=virtio,format=raw,snapshot=on,file={vmguestd.disk()}"
    return {"extra": ["-machine", "vmport=off", "-drive", drive, *machine[2]], "mem": openvmtools.MEMORY,
            "append": "rdinit=/enter-disk cloud-init=disabled"}  # fmt: skip


@pytest.fixture(scope="module")
def vm_setup():
    return lambda vm: None


def test_the_units_are_passed_over(vm, machine):
    assert vm.run("systemctl is-system-running --wait", 120, check=False) == "running\n"
    assert vm.run("systemd-detect-virt", check=False) == f"{machine[0]}\n"
    for unit in "vmguestd.service", "vmguestd-broker.socket", "vmguestd-guard.socket":
        shown = vm.run(f"systemctl show -p ConditionResult -p ActiveState -p Result {unit}").split()
        assert set(shown) == {"ConditionResult=no", "ActiveState=inactive", "Result=success"}, unit
    assert vm.run("pgrep vmguestd", check=False) == ""


def test_programs_say_so_in_one_line(vm, machine):
    mark = vm.mark()
    for (status, words), commands in PROGRAMS.items():
        for command in commands:
            done = vm.run(f"{command} 2>&1 >/run/out", check=False)
            said = words.format(command.split()[0], why=machine[1])
            assert (done.rc, done) == (status, f"{said}\n" if said else ""), command
            assert vm.run("cat /run/out") == "", command
    assert not [word for word in ("segfault", "protection") if word in vm.console[mark:]]
