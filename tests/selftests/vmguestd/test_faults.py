# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What a host may do wrong, and what may hang in the guest: the service is there again in bounded time."""

import contextlib
import time
from pathlib import Path

import pytest

from emul.vmhostctl import HostError

from .service import addresses

# Every fault of the channel; Documentation/emulated-host.md says what each is.
FAULTS = ("garbage-registers", "open-refused", "cookies-refused", "bad-cookie", "closed", "forgotten", "fail",
          "cpt", "cpt-anywhere", "unsent", "status", "garbage-status", "hb-off", "phantom", "size-lie",
          "wrong-type", "reply-truncated", "reply-oversized", "reply-late", "reply-withheld", "garbage",
          "reset", "stall", "clock-step")  # fmt: skip
QUICK = ("cpt", "closed", "forgotten", "reply-truncated", "garbage", "reply-withheld")
# Those that strike when a channel is opened.
AT_OPEN = ("open-refused", "cookies-refused")

HANG = Path(__file__).with_name("hang.py")
BUSY = Path(__file__).with_name("busy.py")
SETTINGS = "/etc/vmware-tools/tools.conf"
SCRIPT = "/etc/vmware-tools/backupScripts.d/looks"
ADDRESS = "192.0.2.88"
DATA = "/srv"  # on the second disk


@pytest.mark.parametrize("fault", [
    name if name in QUICK else pytest.param(name, marks=pytest.mark.thorough) for name in FAULTS
])  # fmt: skip
def test_it_is_there_again_after(service, control, fault):
    """Within what a cluster waits before it resets a guest, and what happened meanwhile is not lost."""
    mark = control.mark()
    control.do("fault", name=fault, times=1000)
    # What it would send anyway, and something that has it send more.
    service.vm.run(f"ip address add {ADDRESS}/24 dev eth0")
    struck = mark
    for _ in range(3):
        provoke(control, fault)
        struck = service.await_event("fault", struck, 30, name=fault)["seq"]
        if fault == "clock-step":
            service.await_event("stop-catchup", struck)
    control.do("fault", clear=True)
    if not service.state()["running"]:
        service.await_event("tools", struck, 30, running=True)
    service.await_ping()
    service.never(mark, "tools", heartbeat="red")
    service.await_info("nics", mark, lambda value: ADDRESS in addresses(value), 30)
    mark = control.mark()
    service.vm.run(f"ip address del {ADDRESS}/24 dev eth0")
    service.await_info("nics", mark, lambda value: ADDRESS not in addresses(value), 30)


def provoke(control, fault):
    """Something that the host does at which it strikes; the answer may not come."""
    if fault in AT_OPEN:
        control.do("close", protocol="RPCI")
        control.do("close", protocol="TCLO")
    with contextlib.suppress(HostError):
        control.do("tclo", command="Time_Synchronize 0" if fault == "clock-step" else "ping", timeout=1)


@pytest.mark.parametrize("verb", ["checkpoint", "snapshot", "resume", "migrate", "reset"])
def test_it_goes_on_after(service, control, verb):
    control.do(verb)
    service.await_ping()
    assert service.report()["daemon"]["host"]["registered"]


def test_all_is_told_again_when_the_host_has_forgotten_it(service, control):
    mark = control.mark()
    control.do("resume", away=100)
    for item in "hostName", "os", "nics", "disks":
        service.await_event([item, "guestinfo"], mark, 30, item=item)


# The answer comes when the one process has read it, who tells the other before he asks for anything else.
RELOAD = """python3 - <<'.'
import socket
with socket.socket(socket.AF_UNIX) as daemon:
    daemon.connect("/run/vmguestd/control")
    daemon.sendall(b'{"do":"reload"}\\n')
    print(daemon.recv(1000).decode())
.
"""


@pytest.fixture
def settings(service, control):
    """Of the daemon, and back."""

    def write(text):
        service.vm.put(SETTINGS, text.encode())
        assert '"ok":true' in service.vm.run(RELOAD)

    yield write
    write("")


@pytest.fixture(params=["fuse", "nfs"])
def hung(request, service):
    """A file system at /mnt that never answers, and somebody who waits for it."""
    service.vm.put("/run/hang.py", HANG.read_bytes())
    service.vm.run("rm -f /run/hung")
    job = service.vm.spawn(f"exec python3 /run/hang.py {request.param}")
    service.vm.run("timeout 60 sh -c 'until [ -e /run/hung ]; do :; done'", 90)
    waits = service.vm.spawn("exec stat /mnt/x")
    service.vm.run("timeout 30 sh -c 'until ps -C stat -o wchan= | grep -q wait; do :; done'")
    yield request.param
    service.vm.run("umount -l /mnt")
    service.vm.stop(job, "KILL")
    service.vm.stop(waits, "KILL")


def quiesce(service, control):
    """A snapshot from its beginning to its end."""
    mark = control.mark()
    assert control.do("quiesce", op="start", auto=False)["reply"] == "OK "
    service.await_event("backup", mark, 30, what="prov.snapshotCommit")
    assert control.do("quiesce", op="done")["reply"] == "OK "
    service.await_event("backup", mark, 30, what="req.done")


@pytest.fixture
def strict(control):
    """A heartbeat that is missed for a few seconds is one too many."""
    control.do("set", what="config", name="vmhost.heartbeat.yellow", value=3)
    yield
    control.do("set", what="config", name="vmhost.heartbeat.yellow", value=10)


def test_a_mount_that_hangs_holds_nothing_up(service, control, strict, hung):
    """Nobody in the service looks at it."""
    mark = control.mark()
    control.do("resume")
    service.await_event("disks", mark, 60, item="disks")
    service.await_running()
    quiesce(service, control)
    service.never(mark, "tools", heartbeat="yellow")


def test_a_mount_that_hangs_is_not_written_out(service, control, settings, hung):
    """Where disks must not be frozen."""
    settings("[vmbackup]\nenableSyncDriver=false\nenableNullDriver=true\n")
    quiesce(service, control)


def test_a_kernel_that_is_busy_with_its_network_holds_nothing_up(service, control, settings, strict):
    """Whoever changes the network, however slowly, holds a lock that whoever looks at it waits for."""
    settings("[powerops]\nscript-timeout=2\n")  # the script of a resume may be one of those
    service.vm.put("/run/busy.py", BUSY.read_bytes())
    service.vm.run("rm -f /run/busy")
    job = service.vm.spawn("exec python3 /run/busy.py")
    try:
        service.vm.run("timeout 60 sh -c 'until [ -e /run/busy ]; do :; done'", 90)
        # What was asked before, and is answered, is told by now. The lock holds up what comes.
        service.tclo("Set_Option broadcastIP 1")
        service.tclo("ping")
        mark = control.mark()
        control.do("resume")
        service.await_event("disks", mark, 60, item="disks")
        service.await_event("statechange", mark, 60, op="resume")
        service.tclo("Set_Option broadcastIP 1")
        quiesce(service, control)
        service.await_ping()
        service.never(mark, "nics")
        service.never(mark, "tools", heartbeat="yellow")
    finally:
        service.vm.stop(job, "KILL")
    # What could not be told is, when it can be.
    service.await_event("nics", mark, 30)


def test_a_script_that_hangs_is_given_up(service, control, settings, hung):
    """Even one that cannot be killed."""
    settings("[powerops]\nscript-timeout=2\n")
    service.vm.put(SCRIPT, b"#!/bin/sh\n[ $1 != freeze ] || exec stat /mnt/y\n", mode="755")
    mark = control.mark()
    assert control.do("quiesce", op="start")["reply"] == "OK "
    assert service.await_event("backup", mark, 30, what="req.error")["code"] == 2
    service.await_event("backup", mark, 30, what="req.done")
    service.vm.run(f"rm {SCRIPT}")
    quiesce(service, control)


def test_a_disk_that_hangs_is_given_up(service, control, settings):
    """One with something to write. When it answers again it is not left frozen."""
    settings("[vmbackup]\nfreeze-limit=3\n")
    service.vm.run(f"mke2fs -qF -t ext4 /dev/vdb && mount /dev/vdb {DATA}")
    service.vm.run(f"dd if=/dev/zero of={DATA}/dirty bs=1M count=8 2>/dev/null")
    limit_disk(service.vm, 1)
    mark = control.mark()
    assert control.do("quiesce", op="start")["reply"] == "OK "
    service.await_event("backup", mark, 60, what="req.error")
    service.await_event("backup", mark, 60, what="req.done")
    service.never(mark, "tools", heartbeat="yellow")
    service.never(mark, "backup", what="prov.snapshotCommit")
    limit_disk(service.vm, 0)
    service.vm.run(f"timeout 60 sh -c 'echo x >{DATA}/x && sync -f {DATA}/x'", 90)
    settings("")  # three seconds are enough for a disk that answers, if the machine has them
    quiesce(service, control)
    service.vm.run(f"umount {DATA}")


def limit_disk(vm, bytes_a_second):
    """Of the second disk; 0: no limit."""
    vm.qmp("human-monitor-command", command_line=f"block_set_io_throttle virtio1 {bytes_a_second} 0 0 0 0 0")


def test_it_answers_soon_while_the_guest_is_busy(service, control):
    """With computing, with its disk, and with a script of ours."""
    service.vm.put(SCRIPT, b"#!/bin/sh\n[ $1 != freeze ] || read line </run/gate\n", mode="755")
    service.vm.run("rm -f /run/gate; mkfifo /run/gate")
    hogs = [service.vm.spawn("while :; do :; done") for _ in range(3)]
    hogs.append(service.vm.spawn("while dd if=/dev/zero of=/var/hog bs=1M count=64 conv=fsync; do :; done"))
    try:
        mark = control.mark()
        assert control.do("quiesce", op="start")["reply"] == "OK "
        took = sorted(answer_time(service) for _ in range(20))
        assert took[len(took) // 2] < 0.1 * service.vm.slowness, took
        assert took[-1] < service.vm.slowness, took
        service.vm.run("echo >/run/gate")
        service.await_event("backup", mark, 60, what="req.done")
    finally:
        for hog in hogs:
            service.vm.stop(hog, "KILL")
        service.vm.run(f"rm -f /var/hog {SCRIPT}")


def answer_time(service):
    begin = time.monotonic()
    assert service.tclo("ping") == "OK "
    return time.monotonic() - begin


def test_a_full_disk_holds_nothing_up(service, control):
    service.vm.run("dd if=/dev/zero of=/var/full bs=1M 2>/dev/null", check=False, timeout=120)
    try:
        mark = control.mark()
        control.do("resume")
        service.await_event("nics", mark, 60)
        service.await_ping()
        mark = control.mark()
        service.vm.run("systemctl restart vmguestd")
        service.await_event("capability", mark, name="statechange")
    finally:
        service.vm.run("rm /var/full")
