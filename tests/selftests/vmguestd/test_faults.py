# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What a host may do wrong, and what may hang in the guest: the service is there again in bounded time."""

import pytest

# Every fault of the channel; Documentation/emulated-host.md says what each is.
FAULTS = ("garbage-registers", "open-refused", "cookies-refused", "bad-cookie", "closed", "forgotten", "fail",
          "cpt", "cpt-anywhere", "unsent", "status", "garbage-status", "hb-off", "phantom", "size-lie",
          "wrong-type", "reply-truncated", "reply-oversized", "reply-late", "reply-withheld", "garbage",
          "reset", "stall", "clock-step")  # fmt: skip
QUICK = ("cpt", "closed", "forgotten", "reply-truncated", "garbage", "reply-withheld")

# An unprivileged program asks for the file system and does not answer for it.
HUNG = """
import ctypes, os, time
fd = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={fd},rootmode=40000,user_id=0,group_id=0".encode()
assert ctypes.CDLL(None, use_errno=True).mount(b"hung", b"/mnt", b"fuse.hung", 0, options) == 0
open("/run/hung", "w").close()
time.sleep(100000)
"""


@pytest.mark.parametrize("fault", [
    name if name in QUICK else pytest.param(name, marks=pytest.mark.thorough) for name in FAULTS
])  # fmt: skip
def test_it_is_there_again_after(service, control, fault):
    """Within what a cluster waits before it resets a guest."""
    mark = control.mark()
    control.do("fault", name=fault, times=3)
    # What it would send anyway, and something that has it send more.
    service.vm.run("ip address add 192.0.2.88/24 dev eth0")
    if fault != "clock-step":
        service.await_event("fault", mark, 30, name=fault)
    control.do("fault", clear=True)
    service.vm.run("ip address del 192.0.2.88/24 dev eth0")
    mark = control.mark()
    if not service.state()["running"]:
        service.await_event("tools", mark - 1, 30, running=True)
    service.await_ping()
    service.never(mark, "tools", heartbeat="red")


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


@pytest.mark.thorough
def test_a_mount_that_hangs_holds_nothing_up(service, control):
    """Nobody in the service looks at it, but for a child that may."""
    service.vm.put("/run/hung.py", HUNG.encode())
    hung = service.vm.spawn("python3 /run/hung.py")
    service.vm.run("timeout 30 sh -c 'until [ -e /run/hung ]; do :; done'")
    try:
        control.do("set", what="config", name="vmhost.heartbeat.yellow", value=3)
        mark = control.mark()
        control.do("resume")
        service.await_event("disks", mark, 60, item="disks")
        service.await_ping()
        quiesced = control.mark()
        control.do("quiesce", op="start", auto=False)
        service.await_event("backup", quiesced, 30, what="prov.snapshotCommit")
        control.do("quiesce", op="done")
        service.await_event("backup", quiesced, 30, what="req.done")
        service.never(mark, "tools", heartbeat="yellow")
    finally:
        control.do("set", what="config", name="vmhost.heartbeat.yellow", value=10)
        service.vm.stop(hung, "KILL")
        service.vm.run("umount -l /mnt", check=False)


def test_a_full_disk_holds_nothing_up(service, control):
    service.vm.run("dd if=/dev/zero of=/var/full bs=1M 2>/dev/null", check=False, timeout=120)
    try:
        mark = control.mark()
        control.do("resume")
        service.await_event("nics", mark, 60)
        service.await_ping()
        service.vm.run("systemctl restart vmguestd")
        service.await_event("capability", mark, name="statechange")
    finally:
        service.vm.run("rm /var/full")
