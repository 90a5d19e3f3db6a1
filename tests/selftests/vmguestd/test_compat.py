# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The same commands in the same system with open-vm-tools and with our package in its place: the same
words and the same status. Suites without a guest (tests/userspace) go further.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab import openvmtools
from lab.vm import VM
from lab.vmhost import VmHost

from .service import Service

COMMANDS = (
    "vmware-rpctool 'info-set guestinfo.compat a b'", "vmware-rpctool 'info-get guestinfo.compat'",
    "vmware-rpctool 'info-get guestinfo.absent'", "vmware-rpctool 'no.such.command'",
    "vmtoolsd --cmd 'info-get guestinfo.compat'", "vmtoolsd --cmd 'info-get guestinfo.absent'",
    "vmware-checkvm", "vmware-checkvm -p", "vmware-toolbox-cmd timesync status",
    "vmware-toolbox-cmd timesync enable", "vmware-toolbox-cmd timesync disable",
    "vmware-toolbox-cmd stat speed", "vmware-toolbox-cmd stat balloon", "vmware-toolbox-cmd stat memlimit",
    "vmware-toolbox-cmd stat cpulimit", "vmware-toolbox-cmd stat sessionid",
    "vmware-toolbox-cmd device list", "vmware-toolbox-cmd script power default",
    "vmware-toolbox-cmd script power current", "vmware-toolbox-cmd config set logging log true",
    "vmware-toolbox-cmd config get logging log", "vmware-toolbox-cmd config get deployPkg none",
    "vmware-toolbox-cmd config remove logging log", "vmware-toolbox-cmd info update network",
)  # fmt: skip


@pytest.fixture(scope="module")
def vendor(kernel, guest_layers, tmp_path_factory) -> Iterator[Service]:
    """A guest with open-vm-tools."""
    with VmHost({"memory": openvmtools.MEMORY}) as host, VM(
        kernel, openvmtools.guest_layers(kernel), name="vendor", logs=tmp_path_factory.mktemp("vendor"),
        **openvmtools.config(openvmtools.disk("13"), host),
    ) as vm:  # fmt: skip
        vm.boot()
        with host.control() as control:
            service = Service(vm, control)
            service.await_running()
            yield service


@pytest.mark.thorough
@pytest.mark.timeout(400)
def test_commands_say_the_same(service, vendor):
    for tools in service, vendor:
        tools.vm.run("printf '[logging]\\n' >/etc/vmware-tools/tools.conf")
    ours = {command: service.program(command) for command in COMMANDS}
    theirs = {command: vendor.program(command) for command in COMMANDS}
    assert ours == theirs
