# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A host that wants to get into its guest by what it says."""

import re
import struct

import pytest

pytestmark = pytest.mark.thorough

MARK = "H0STILE"
# What would mean something to a shell, a path, a format or a line of a file.
STRINGS = (f"{MARK}", f"/etc/{MARK}", f"../../{MARK}", f"$(touch /run/{MARK})", f"`/bin/{MARK}`", f";{MARK};",
           f"\n/bin/{MARK}\n", f"%s%n{MARK}", f"-{MARK}", f"'{MARK}\"", f"{MARK}" * 500)  # fmt: skip

COMMANDS = (
    "{}", "reset {}", "ping {}", "Set_Option {} 1", "Set_Option broadcastIP {}",
    "Set_Option guestLogLevel {}", "Set_Option synctime.period {}", "Capabilities_Register {}",
    "OS_PowerOn {}", "OS_Resume {}", "OS_Suspend {}", "Time_Synchronize {}", "vmbackup.start {}",
    "vmbackup.start 1 {}", "vmbackup.abort {}", "vmbackup.snapshotDone {}", "vmbackup.startWithOpts {}",
    "Vix_1_SyncDriver_Freeze {} 1", "Vix_1_SyncDriver_Thaw {}", "Resolution_Set {} 1",
    "DisplayTopology_Set 1 , {}", "Vix_1_Relayed_Command {}", 'Vix_1_Relayed_Command "{}"',
    "Vix_1_Get_ToolsProperties {}", "Vix_1_Mount_Volumes {}", "deployPkg.begin {}", "deployPkg.deploy {}",
    "File_Copy {}", "Run_Program {}",
)  # fmt: skip


def vix_start_program(path: str) -> bytes:
    """Guest operation 185 by a user with a password."""
    arguments, folder = path.encode(), b"/"
    body = struct.pack("<B5I", 0, len(path) + 1, len(arguments) + 1, len(folder) + 1, 0, 0)
    body += path.encode() + b"\0" + arguments + b"\0" + folder + b"\0"
    header = struct.pack("<IHIIIIBIIIQII", 0xD00D0001, 5, 51 + len(body), 51, len(body), 0, 1, 185, 0, 60, 1, 0, 0)
    return b'Vix_1_Relayed_Command "%s"\0' % MARK.encode() + header + body


@pytest.fixture
def trace(service):
    """Every call of the service that names a file, a program or an address, while the test runs."""
    pids = service.vm.run("systemctl show -P MainPID vmguestd vmguestd-broker").split()
    # `bogus`: what the filter refuses is seen as well.
    job = service.vm.spawn(f"exec strace -f -qq -s 8192 -e trace=%file,%process,connect,bind -o /run/trace "
                           f"-p {pids[0]} -p {pids[1]} 2>/run/strace")  # fmt: skip
    service.vm.run(f"timeout 30 sh -c 'for pid in {' '.join(pids)}; do "
                   "until grep -q TracerPid:.[1-9] /proc/$pid/status; do :; done; done'")  # fmt: skip
    yield lambda: service.vm.run("cat /run/trace")
    service.vm.stop(job)


@pytest.mark.timeout(400)
def test_no_word_of_the_host_reaches_a_program_or_a_path(service, control, trace):
    service.vm.put("/etc/vmware-tools/backupScripts.d/one", b"#!/bin/sh\nexit 0\n", mode="755")
    for command in COMMANDS:
        for text in STRINGS:
            reply = service.tclo(command.format(text))
            assert reply.startswith(("OK", "ERROR"))
    assert control.tclo(vix_start_program(f"/bin/{MARK}"), 30).startswith(b"OK")
    service.await_ping()
    seen = trace()
    assert re.search(r"execve\(.*backupScripts.d/one", seen), "the trace has missed what there was"
    assert MARK not in seen
    assert service.vm.run(f"find / -xdev -name '*{MARK}*'") == ""
    assert service.report()["daemon"]["host"]["registered"]
