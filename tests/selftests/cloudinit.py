# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A new VM is set up by cloud-init as Debian packages it, from what its host has left for it in variables:
whichever programs are there to ask for them.
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from emul.vmhostctl import Control
from lab.vm import VM
from lab.vmhost import VmHost

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


def waiting(config: dict[str, Any]) -> dict[str, Any]:
    """Arguments of VM() for a guest that executes nothing before it is told to."""
    return {**config, "extra": [*config["extra"], "-S"]}


def start(vm: VM, host: VmHost) -> None:
    """All is there before its first instruction."""
    vm.start()
    vm.await_monitor()
    with host.control() as control:
        variables = {"metadata": base64.b64encode(METADATA.encode()), "metadata.encoding": b"base64",
                     "userdata": base64.b64encode(gzip.compress(USERDATA.encode())),
                     "userdata.encoding": b"gzip+base64"}  # fmt: skip
        for name, value in variables.items():
            control.set(name, value)
    vm.qmp("cont")
    vm.await_agent()


def check(vm: VM, control: Control) -> None:
    """It is what its host says, and the host has what it was asked for."""
    vm.run("cloud-init status --wait", timeout=200, check=False)
    result = json.loads(vm.run("cat /run/cloud-init/result.json"))["v1"]
    assert result["errors"] == []
    assert result["datasource"].startswith("DataSourceVMware")
    assert vm.run("hostname") == "named-by-the-host\n"
    assert vm.run("cat /run/written /run/ran") == "by the hostrun\n"
    # It asks for what it must not show to everybody to be taken away.
    assert control.get("userdata") == b"---"
