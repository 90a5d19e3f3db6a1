# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A host that wants to get into its guest by what it says."""

import contextlib
import re

import pytest

from emul import deploypkg
from emul.vmhostctl import HostError

from .service import BROKER, REFUSED, WORKER, start_program

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

# What it asks the host, by how a request begins.
REQUESTS = ("vmx.", "tools.", "log ", "info-", "SetGuestInfo", "SetGuestDiskInfo", "vmbackup.")


@pytest.fixture
def trace(service):
    """Every call of the service that names a file, a program or an address, while the test runs."""
    pids = [service.pid(WORKER), service.pid(BROKER)]
    job = service.vm.spawn(f"exec strace -f -qq -s 8192 -e trace=%file,%process,connect,bind -o /run/trace "
                           f"-p {pids[0]} -p {pids[1]} 2>/run/strace")  # fmt: skip
    service.vm.run(f"timeout 30 sh -c 'for pid in {pids[0]} {pids[1]}; do "
                   "until grep -q TracerPid:.[1-9] /proc/$pid/status; do :; done; done'")  # fmt: skip
    yield lambda: service.vm.run("cat /run/trace")
    service.vm.stop(job)
    assert [service.pid(WORKER), service.pid(BROKER)] == pids, "who was traced is not who is there"


def snapshot(service, **arguments):
    """Freezes and thaws, with what the host may say of it."""
    mark = service.control.mark()
    assert service.control.do("quiesce", op="start", auto=True, **arguments)["reply"] == "OK "
    service.await_event("backup", mark, what="req.done")


def lie(service, text):
    """Has the service begin anew with a host that answers each of its requests with that."""
    for request in REQUESTS:
        service.control.do("set", what="reply", name=request, value=f"1 {text}")
    service.control.do("resume")
    assert service.tclo("ping") == "OK "
    for request in REQUESTS:
        service.control.do("set", what="reply", name=request, value=None)


@pytest.mark.timeout(300)
def test_no_word_of_the_host_reaches_a_program_or_a_path(service, control, trace):
    service.vm.put("/etc/vmware-tools/backupScripts.d/one", b"#!/bin/sh\nexit 0\n", mode="755")
    service.vm.put("/etc/vmware-tools/resume-vm-default", b"#!/bin/sh\nexit 0\n", mode="755")
    for text in STRINGS:
        snapshot(service, options=True, execScripts=True, scriptArg=text[:200], diskUuids=text[:200])
    snapshot(service, volumes=MARK)
    for text in STRINGS:
        lie(service, text)
    for command in COMMANDS:
        for text in STRINGS:
            assert service.tclo(command.format(text)).startswith(("OK", "ERROR"))
    package = deploypkg.package({"cust.cfg": b"x", f"../{MARK}": b"", f"/etc/{MARK}": b""},
                                command=f"/bin/{MARK}".encode())  # fmt: skip
    for text in STRINGS:
        with contextlib.suppress(HostError):
            control.customize(package, name=text)
    assert control.tclo(start_program(f"/bin/{MARK}", f"/bin/{MARK}", MARK), 30) == REFUSED
    control.do("resume")
    service.await_running()
    seen = trace()
    for script in "backupScripts.d/one", "resume-vm-default":
        assert re.search(rf"execve\(.*{script}", seen), f"the trace has missed {script}"
    assert MARK not in seen
    assert service.vm.run(f"find / -ignore_readdir_race -xdev -name '*{MARK}*'") == ""
    assert service.report()["daemon"]["host"]["registered"]
