# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""cloud-init as Debian packages it finds its VMware data source by our programs."""

import base64
import gzip

import pytest

from lab import vmguestd

METADATA = """instance-id: lab-1
local-hostname: named-by-the-host
redact: [userdata]
"""

USERDATA = """#cloud-config
write_files:
- path: /run/written
  content: by the host
"""


@pytest.fixture(scope="module")
def vm_config(vmhost):
    config = vmguestd.config(vmhost, append="")
    return {**config, "extra": [*config["extra"], "-S"]}


@pytest.fixture
def vm(quiet_console, vm_machine, vmhost):
    """All is there before its first instruction."""
    vm = vm_machine.vm
    vm.start()
    vm.await_monitor()
    with vmhost.control() as control:
        variables = {"metadata": base64.b64encode(METADATA.encode()), "metadata.encoding": b"base64",
                     "userdata": base64.b64encode(gzip.compress(USERDATA.encode())),
                     "userdata.encoding": b"gzip+base64"}  # fmt: skip
        for name, value in variables.items():
            control.set(name, value)
    vm.qmp("cont")
    vm.await_agent()
    return vm


@pytest.mark.thorough
@pytest.mark.timeout(400)
def test_a_new_vm_is_what_its_host_says(vm, control):
    status = vm.run("cloud-init status --wait --long", timeout=300, check=False)
    assert "DataSourceVMware" in status
    assert "status: done" in status
    assert vm.run("hostname") == "named-by-the-host\n"
    assert vm.run("cat /run/written") == "by the host"
    # It asks for what it must not show to everybody to be taken away.
    assert control.get("userdata") == b"---"
    # It has asked our programs, and those early.
    assert vm.run("readlink $(command -v vmware-rpctool)") == "vmguest\n"
    assert control.state("tools")["running"]
