# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Snapshots of a quiet guest: file systems really stand still, and never longer than they should,
whatever dies.
"""

import pytest

from .service import BROKER, WORKER

DATA = "/srv"
SCRIPTS = "/etc/vmware-tools/backupScripts.d"
RECORD = '#!/bin/sh\necho "${0##*/} $*" >>/run/backup\n[ ! -e /run/fail ]\n'
WAITS = '#!/bin/sh\n[ "$1" != freeze ] || read line </run/gate\n'


@pytest.fixture
def data(service):
    """The second disk, with a file system."""
    service.vm.run(f"mountpoint -q {DATA} || {{ mke2fs -qF -t ext4 /dev/vdb && mount /dev/vdb {DATA}; }}")
    yield service
    service.vm.run(f"fsfreeze -u {DATA} 2>/dev/null; fsfreeze -u / 2>/dev/null", check=False)


@pytest.fixture
def scripts(service):
    """Their arguments are in /run/backup."""
    service.vm.run("rm -f /run/backup /run/fail")
    for name in "10-first", "20-second":
        service.vm.put(f"{SCRIPTS}/{name}", RECORD.encode(), mode="755")
    yield
    service.vm.run(f"rm -rf {SCRIPTS}/* /run/fail")


@pytest.fixture
def gate(service):
    """A script at which a snapshot waits until `echo >/run/gate`."""
    service.vm.run("rm -f /run/gate; mkfifo /run/gate")
    service.vm.put(f"{SCRIPTS}/waits", WAITS.encode(), mode="755")
    yield
    service.vm.run(f"rm -f {SCRIPTS}/waits")


@pytest.fixture
def limits(service, control):
    """How long things may be frozen, set and taken back."""

    def write(text):
        service.vm.put("/etc/vmware-tools/tools.conf", text.encode())
        service.vm.run("systemctl reload vmguestd")
        service.vm.run("timeout 20 sh -c 'until journalctl -b -u vmguestd | tail -3 | "
                       "grep -q configuration; do :; done'")  # fmt: skip

    yield write
    write("")


def start(service, control):
    """Returns the mark before it, once the guest is frozen. A guest that was killed has told no end."""
    mark = control.mark()
    control.do("quiesce", op="start", auto=False, force=True)
    service.await_event("backup", mark, what="prov.snapshotCommit")
    return mark


def is_frozen(vm, path=DATA):
    """The kernel refuses to freeze what is frozen. Who thaws may do so twice, and so take it from us."""
    found = vm.run(f"fsfreeze -f {path} || exit 1; fsfreeze -u {path} || true", check=False)
    assert found.rc in (0, 1), found
    return found.rc == 1


def write(vm):
    """A writer, once the kernel holds it."""
    job = vm.spawn(f"echo $$ >/run/writer; echo x | dd of={DATA}/written conv=fsync 2>/dev/null")
    vm.run("timeout 20 sh -c 'until ps -C dd -o stat= | grep -q D; do :; done'")
    return job


def test_who_writes_waits_until_the_host_is_done(data, control, scripts):
    vm = data.vm
    mark = start(data, control)
    assert is_frozen(vm) and is_frozen(vm, "/")
    writer = write(vm)
    data.await_event("backup", mark, what="req.keepAlive")
    assert writer.output is None
    control.do("quiesce", op="done")
    data.await_event("backup", mark, what="req.done")
    assert vm.wait(writer).rc == 0
    assert not is_frozen(vm) and not is_frozen(vm, "/")
    told = [event["what"] for event in data.state("quiesce")["events"]]
    assert [what for what in told if what != "req.keepAlive"] == [
        "reset", "prov.snapshotCommit", "req.done"]  # fmt: skip
    assert vm.run("cat /run/backup").splitlines() == [
        "10-first freeze", "20-second freeze", "20-second thaw", "10-first thaw"]  # fmt: skip


def test_the_host_gives_up(data, control, scripts):
    mark = start(data, control)
    control.do("quiesce", op="abort")
    assert data.await_event("backup", mark, what="req.aborted")["code"] == 4
    data.await_event("backup", mark, what="req.done")
    assert not is_frozen(data.vm) and not is_frozen(data.vm, "/")


def test_the_host_waits_for_no_end(data, control):
    """Its own limit."""
    control.do("set", what="config", name="vmhost.quiesce.limit", value=4)
    mark = start(data, control)
    data.await_event("backup", mark, what="host.limit")
    data.await_event("backup", mark, what="req.done")
    assert not is_frozen(data.vm)
    control.do("set", what="config", name="vmhost.quiesce.limit", value=900)


def test_a_host_that_says_nothing_more_is_not_waited_for(data, control, limits):
    """The guest's own limit, which the privileged process holds to."""
    limits("[vmbackup]\nfreeze-limit=4\n")
    mark = start(data, control)
    writer = write(data.vm)
    assert data.vm.wait(writer, timeout=20).rc == 0
    assert data.await_event("backup", mark, what="req.aborted")["code"] == 4
    data.await_event("backup", mark, what="req.done")
    assert not is_frozen(data.vm) and not is_frozen(data.vm, "/")


def test_what_the_administrator_excludes_is_not_frozen(data, control, limits):
    limits(f"[vmbackup]\nexcludedFileSystems={DATA}\n")
    mark = start(data, control)
    assert is_frozen(data.vm, "/") and not is_frozen(data.vm)
    control.do("quiesce", op="done")
    data.await_event("backup", mark, what="req.done")


def test_a_file_system_that_others_have_frozen_stops_it(data, control):
    """And is left as it was; what had been frozen by then is thawed."""
    data.vm.run(f"fsfreeze -f {DATA}")
    mark = control.mark()
    control.do("quiesce", op="start", auto=False)
    event = data.await_event("backup", mark, what="req.error")
    assert event["code"] == 3 and DATA in event["description"]
    data.await_event("backup", mark, what="req.done")
    assert is_frozen(data.vm) and not is_frozen(data.vm, "/")
    data.vm.run(f"fsfreeze -u {DATA}")


def test_a_script_that_fails_ends_it(data, control, scripts):
    data.vm.run("touch /run/fail")
    mark = control.mark()
    control.do("quiesce", op="start", auto=False)
    assert data.await_event("backup", mark, what="req.error")["code"] == 2
    data.await_event("backup", mark, what="req.done")
    assert data.vm.run("cat /run/backup").splitlines() == ["10-first freeze", "10-first freezeFail"]
    assert not is_frozen(data.vm)


def test_the_heart_beats_while_a_script_takes_its_time(data, control, gate):
    """It is not asked for a second of silence, while the guest is waited for."""
    control.do("set", what="config", name="vmhost.heartbeat.yellow", value=3)
    mark = control.mark()
    control.do("quiesce", op="start", auto=False)
    seq = mark
    for _ in range(4):
        seq = data.await_event("backup", seq, what="req.keepAlive")["seq"]
    assert data.state()["heartbeat"]["status"] == "green"
    data.vm.run("echo >/run/gate")
    data.await_event("backup", mark, what="prov.snapshotCommit")
    control.do("quiesce", op="done")
    data.await_event("backup", mark, what="req.done")
    data.never(mark, "tools", heartbeat="yellow")
    assert data.state("quiesce")["longestGap"] < 5
    control.do("set", what="config", name="vmhost.heartbeat.yellow", value=10)


@pytest.mark.thorough
def test_the_heart_beats_while_a_script_takes_a_minute(data, control):
    data.vm.put(f"{SCRIPTS}/slow", b"#!/bin/sh\n[ \"$1\" != freeze ] || exec sleep 57\n", mode="755")
    mark = start_slowly(data, control)
    control.do("quiesce", op="done")
    data.await_event("backup", mark, what="req.done")
    data.never(mark, "tools", heartbeat="yellow")
    data.vm.run(f"rm {SCRIPTS}/slow")


def start_slowly(service, control):
    mark = control.mark()
    control.do("quiesce", op="start", auto=False)
    service.await_event("backup", mark, timeout=90, what="prov.snapshotCommit")
    return mark


@pytest.mark.parametrize("unit", [WORKER, BROKER])
def test_whoever_is_killed_nothing_stays_frozen(data, control, unit):
    mark = start(data, control)
    writer = write(data.vm)
    data.kill(unit)
    assert data.vm.wait(writer, timeout=20).rc == 0
    assert not is_frozen(data.vm) and not is_frozen(data.vm, "/")
    data.await_event("capability", mark, timeout=30, name="statechange")
    assert data.properties(WORKER, "ActiveState", "Result") == ["active", "success"]
    assert data.properties(BROKER, "ActiveState") == ["active"]


@pytest.mark.thorough
def test_even_if_all_are_killed(data, control):
    """systemd then thaws."""
    mark = start(data, control)
    writer = write(data.vm)
    data.vm.run("systemctl kill -s KILL vmguestd-broker; systemctl kill -s KILL vmguestd")
    assert data.vm.wait(writer, timeout=20).rc == 0
    assert not is_frozen(data.vm) and not is_frozen(data.vm, "/")
    data.await_event("capability", mark, timeout=30, name="statechange")
