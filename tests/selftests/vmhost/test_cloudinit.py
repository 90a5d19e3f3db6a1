# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""cloud-init as Debian packages it finds its VMware data source: a new VM is set up by what the host
has left for it in variables.
"""

import base64
import gzip
import json

import pytest

from lab import openvmtools

METADATA = """instance-id: lab-1
local-hostname: named-by-the-host
redact: [userdata]
"""

# The system has neither locales nor users nor a resizer to add, nor SSH.
USERDATA = """#cloud-config
locale: false
users: []
resize_rootfs: false
ssh_genkeytypes: []
no_ssh_fingerprints: true
write_files:
- path: /run/written
  content: by the host
runcmd:
- [sh, -c, "echo run >/run/ran"]
"""


@pytest.fixture(scope="module", params=openvmtools.SYSTEMS)
def system(request):
    return request.param


@pytest.fixture(scope="session")
def guest_layers(kernel):
    return openvmtools.guest_layers(kernel)


@pytest.fixture(scope="module")
def vm_config(vmhost, system):
    config = openvmtools.config(openvmtools.disk(system), vmhost, append="")
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
            control.do("var-set", name=name, value=value.decode())
    vm.qmp("cont")
    vm.await_agent()
    return vm


@pytest.mark.timeout(300)
def test_a_new_vm_is_what_its_host_says(vm, control):
    vm.run("cloud-init status --wait", timeout=200, check=False)
    result = json.loads(vm.run("cat /run/cloud-init/result.json"))["v1"]
    assert result["errors"] == []
    assert result["datasource"].startswith("DataSourceVMware")
    assert vm.run("hostname") == "named-by-the-host\n"
    assert vm.run("cat /run/written /run/ran") == "by the hostrun\n"
    # It asks for what it must not show to everybody to be taken away.
    assert control.do("var-get", name="userdata")["value"] == "---"
