# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""cloud-init finds its VMware data source by open-vm-tools' programs, on each kernel."""

import pytest

from lab import openvmtools
from selftests import cloudinit


@pytest.fixture(scope="module", params=openvmtools.SYSTEMS)
def system(request):
    return request.param


@pytest.fixture(scope="session")
def guest_layers(kernel):
    return openvmtools.guest_layers(kernel)


@pytest.fixture(scope="module")
def vm_config(vmhost, system):
    return cloudinit.waiting(openvmtools.config(openvmtools.disk(system), vmhost, append=""))


@pytest.fixture
def vm(quiet_console, vm_machine, vmhost):
    cloudinit.start(vm_machine.vm, vmhost)
    return vm_machine.vm


@pytest.mark.timeout(300)
def test_a_new_vm_is_what_its_host_says(vm, control):
    cloudinit.check(vm, control)
