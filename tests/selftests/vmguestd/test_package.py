# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Our package in a system that runs: it takes the place of open-vm-tools, and goes again."""

import pytest

from lab import vmguestd
from lab.disks import Adapter, Disk, null

from .service import BROKER, WORKER, Service

OURS, THEIRS = "vmguest", "open-vm-tools"
SOCKET = f"{BROKER}.socket"
SETTINGS = "/etc/vmware-tools/tools.conf"
TIMEOUT = "/sys/block/sda/device/timeout"
# What an administrator has written there.
OWN = b"[guestosinfo]\nshort-name=chosen-64\n"


@pytest.fixture(scope="module", params=["13", pytest.param("12", marks=pytest.mark.thorough)])
def release(request):
    return request.param


@pytest.fixture(scope="session")
def guest_layers(kernel):
    return vmguestd.guest_layers(kernel, "vmw_pvscsi", "sd_mod")


@pytest.fixture(scope="module")
def vm_config(release, vmhost):
    """With a disk of VMware's."""
    config = vmguestd.config(vmhost, system=vmguestd.untouched_disk(release))
    adapter = Adapter([Disk(0, null(16), props={"vendor": "VMware"})])
    return {**config, "extra": [*config["extra"], *adapter.args()]}


@pytest.fixture(scope="module")
def vm_setup():
    return lambda vm: assert_running(vm)


def assert_running(vm):
    """Nothing has failed, and nothing was left out to break a cycle."""
    assert vm.run("systemctl is-system-running --wait", check=False) == "running\n", vm.run("systemctl --failed")
    assert not vm.run("journalctl -b _PID=1 | grep -i cycle", check=False)


def is_installed(vm, package):
    state = vm.run(f"dpkg-query -W -f '${{db:Status-Status}}' {package}", check=False)
    return state == "installed"


def install(vm, package):
    vm.run(f"dpkg --install /srv/{package}_*.deb", timeout=180)


@pytest.fixture
def theirs(vm, control):
    """With open-vm-tools, and what its administrator has set."""
    if is_installed(vm, OURS):
        vm.run(f"dpkg --purge {OURS}")
    if not is_installed(vm, THEIRS):
        install(vm, THEIRS)
    vm.put(SETTINGS, OWN)
    vm.run(f"systemctl restart {THEIRS}")
    tools = Service(vm, control)
    tools.await_running()
    return tools


@pytest.fixture
def ours(vm, control):
    """With our package in its place."""
    if not is_installed(vm, OURS):
        install(vm, OURS)
    service = Service(vm, control)
    service.await_running()
    return service


def assert_ours(service):
    names = (f"{WORKER}.service", "active", "enabled")
    for name in WORKER, "open-vm-tools", "vmtoolsd":
        assert service.properties(name, "Id", "ActiveState", "UnitFileState") == [*names], name
    assert service.properties(SOCKET, "ActiveState") == ["active"]
    assert service.state()["versionText"] == "12.3.5"
    assert b"vmguest" in service.control.get("vmtools.description")
    assert_running(service.vm)


def test_it_takes_over_from_open_vm_tools_that_runs(theirs, vm, control):
    """The system is not restarted, and goes by what the administrator has set."""
    assert b"vmguest" not in control.get("vmtools.description")
    assert theirs.properties(THEIRS, "ActiveState") == ["active"]
    start = vm.run("cat /proc/sys/kernel/random/boot_id")
    vm.run(f"echo 30 >{TIMEOUT}")
    mark = control.mark()
    install(vm, OURS)
    service = Service(vm, control)
    service.await_info("os", mark, lambda value: value["short"] == "chosen-64")
    service.await_running()
    assert_ours(service)
    assert not is_installed(vm, THEIRS)
    assert vm.run("pgrep -ax vmtoolsd", check=False) == ""
    assert vm.get(SETTINGS) == OWN
    vm.run("udevadm settle")
    assert vm.run(f"cat {TIMEOUT}") == "180\n"
    assert vm.run("cat /proc/sys/kernel/random/boot_id") == start


def test_it_starts_with_the_system(ours, vm, vm_setup, control):
    vm.qmp("set-action", reboot="reset")
    mark = control.mark()
    vm.spawn("systemctl reboot")
    vm.await_restart()
    vm.qmp("set-action", reboot="shutdown")
    ours.await_event("statechange", mark, timeout=120, op="poweron")
    assert_ours(ours)


def test_its_units_are_in_order(ours, vm):
    """With those of cloud-init, which are before and after it."""
    units = " ".join((f"{WORKER}.service", SOCKET, f"{BROKER}.service", "vmguestd-guard.socket"))
    assert vm.run(f"systemd-analyze verify --man=no {units} 2>&1") == ""
    shown = vm.run("systemd-analyze verify --man=no default.target cloud-init.target cloud-config.target 2>&1",
                   check=False)  # fmt: skip
    assert "cycle" not in shown, shown
    order = vm.run(f"systemctl show -P Before -P After {WORKER}")
    assert "cloud-init-local.service" in order


def test_installed_once_more_it_is_started_again(ours, vm, control):
    before = [ours.pid(WORKER), ours.pid(BROKER)]
    install(vm, OURS)
    ours.await_running()
    assert_ours(ours)
    assert not {*before} & {ours.pid(WORKER), ours.pid(BROKER)}


def test_what_the_administrator_switches_off_stays_so(ours, vm):
    vm.run(f"systemctl disable --now {WORKER}")
    install(vm, OURS)
    assert ours.properties(WORKER, "ActiveState", "UnitFileState") == ["inactive", "disabled"]
    vm.run(f"systemctl enable --now {WORKER}")
    ours.await_running()
    assert_ours(ours)


def test_the_rest_of_open_vm_tools_may_be_purged(ours, vm):
    """Though one of its scripts is called as one of ours; its settings go with it."""
    vm.run(f"dpkg --purge {THEIRS}")
    assert_ours(ours)
    vm.run("systemctl daemon-reload")
    vm.run(f"systemctl restart {WORKER}")
    ours.await_running()
    assert_ours(ours)
    assert vm.run("ls /etc/vmware-tools") == "backupScripts.d\n"


def test_purged_it_leaves_nothing(ours, vm, control):
    mark = control.mark()
    vm.run(f"dpkg --purge {OURS}")
    assert ours.await_event("tools", mark, running=False)["heartbeat"] == "gray"
    assert vm.run("pgrep -a vmguest", check=False) == ""
    assert vm.run("systemctl list-units --all --plain --no-legend '*vmguest*'") == ""
    left = vm.run("find / -xdev ( -path /proc -o -path /sys -o -path /srv ) -prune -o -name '*vmguest*' -print"
                  .replace("(", "\\(").replace(")", "\\)"))  # fmt: skip
    assert left == ""
    assert vm.run("find /run -name '*vmguest*'") == ""
    assert vm.run("find /etc/systemd /usr/lib/systemd -xtype l -lname '*vmguest*'") == ""
    assert_running(vm)


def test_open_vm_tools_can_come_back(ours, vm, control):
    """What is left of ours until it is purged is not in its way."""
    vm.run(f"dpkg --remove {OURS}")
    install(vm, THEIRS)
    back = Service(vm, control)
    back.await_running()
    assert back.properties(THEIRS, "Id", "ActiveState", "UnitFileState") == [
        "open-vm-tools.service", "active", "enabled"]  # fmt: skip
    assert back.properties("vmtoolsd", "Id") == ["open-vm-tools.service"]
    assert b"vmguest" not in control.get("vmtools.description")
    assert vm.run("pgrep -ax vmtoolsd")
    assert_running(vm)
