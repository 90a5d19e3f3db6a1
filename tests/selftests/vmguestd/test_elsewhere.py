# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The same system on another hypervisor: nothing runs, and each program says so in one line."""

import pytest

from lab import openvmtools, vmguestd

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def vm_config():
    drive = f"if=virtio,format=raw,snapshot=on,file={vmguestd.disk()}"
    return {"extra": ["-machine", "vmport=off", "-drive", drive], "mem": openvmtools.MEMORY,
            "append": "rdinit=/enter-disk cloud-init=disabled"}  # fmt: skip


@pytest.fixture(scope="module")
def vm_setup():
    return lambda vm: None


def test_the_units_are_passed_over(vm):
    assert vm.run("systemctl is-system-running --wait", check=False) == "running\n"
    for unit in "vmguestd.service", "vmguestd-broker.socket":
        shown = vm.run(f"systemctl show -P ConditionResult -P ActiveState -P Result {unit}").split()
        assert "inactive" in shown and "success" in shown and "failed" not in shown, unit


@pytest.mark.parametrize("program, status", [
    ("vmguestd", 1), ("vmguest status", 1), ("vmware-rpctool 'info-get guestinfo.x'", 255),
    ("vmware-checkvm", 1), ("vmware-toolbox-cmd stat speed", 1), ("vmtoolsd --cmd 'info-get guestinfo.x'", 1),
])  # fmt: skip
def test_a_program_says_so_in_one_line(vm, program, status):
    mark = vm.mark()
    done = vm.run(f"{program} 2>&1", check=False)
    assert done.rc == status
    assert len(done.splitlines()) == (0 if "vmtoolsd" in program else 1), done
    assert "segfault" not in vm.console[mark:] and "protection" not in vm.console[mark:]
