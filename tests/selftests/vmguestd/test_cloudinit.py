# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""cloud-init finds its VMware data source by our programs."""

import pytest

from lab import vmguestd
from selftests import cloudinit


@pytest.fixture(scope="module")
def vm_config(vmhost):
    return cloudinit.waiting(vmguestd.config(vmhost, append=""))


@pytest.fixture
def vm(quiet_console, vm_machine, vmhost):
    cloudinit.start(vm_machine.vm, vmhost)
    return vm_machine.vm


@pytest.mark.timeout(300)
def test_a_new_vm_is_what_its_host_says(vm, control):
    cloudinit.check(vm, control)
    # It has asked our programs, and the daemon was there before it.
    assert vm.run("readlink $(command -v vmware-rpctool)") == "vmguest\n"
    started = "systemctl show -P ExecMainStartTimestampMonotonic vmguestd cloud-init-local"
    daemon, cloud_init = map(int, vm.run(started).split())
    assert 0 < daemon < cloud_init
