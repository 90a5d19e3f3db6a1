# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Snapshots of a quiet guest: file systems really stand still, and never longer than they should,
whatever dies.
"""

from xml.etree import ElementTree

import pytest

from .service import BROKER, WORKER

DATA = "/srv"
SCRIPTS = "/etc/vmware-tools/backupScripts.d"
RECORD = '#!/bin/sh\necho "${0##*/} $*" >>/run/backup\n[ ! -e /run/fail ]\n'
WAITS = '#!/bin/sh\n[ "$1" != freeze ] || read line </run/gate\n'


def await_guest(vm, condition):
    vm.run(f"timeout {20 * vm.slowness:.0f} sh -c 'until {condition}; do :; done'", timeout=30)


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
        # It takes what comes one after the other.
        await_guest(service.vm, "vmguest status --json | grep -q snapshots_done")

    yield write
    write("")


def start(service, control):
    """Returns the mark before it, once the guest is frozen. A guest that was killed has told no end."""
    mark = control.mark()
    assert control.do("quiesce", op="start", auto=False, force=True)["reply"] == "OK "
    service.await_event("backup", mark, what="prov.snapshotCommit")
    return mark


def is_frozen(vm, path=DATA):
    """The kernel refuses to freeze what is frozen. Who thaws may do so twice, and so take it from us."""
    found = vm.run(f"fsfreeze -f {path} || exit 1; fsfreeze -u {path} || true", check=False)
    assert found.rc in (0, 1), found
    return found.rc == 1


WRITE = f"echo x | dd of={DATA}/written conv=fsync 2>/dev/null"


def write(vm):
    """A writer, once the kernel holds it."""
    job = vm.spawn(WRITE)
    await_guest(vm, "ps -C dd -o stat= | grep -q D")
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


def test_a_manifest_says_who_made_it(data, control):
    mark = control.mark()
    control.do("quiesce", op="start", manifest=True)
    told = data.await_event("backup", mark, what="req.genericManifest")
    data.await_event("backup", told["seq"], what="req.done")
    manifest = ElementTree.fromstring(data.vm.run(f"cat {told['description']}"))
    version = data.rpc("info-get guestinfo.vmtools.versionString").strip()
    assert {part.tag: part.text for part in manifest} == {"productVersion": version, "providerName": "fifreeze"}


def test_the_host_gives_up(data, control, scripts):
    mark = start(data, control)
    control.do("quiesce", op="abort")
    assert data.await_event("backup", mark, what="req.aborted")["code"] == 4
    data.await_event("backup", mark, what="req.done")
    assert not is_frozen(data.vm) and not is_frozen(data.vm, "/")


def test_the_host_waits_for_no_end(data, control):
    """Its own limit, which it counts from the start; the guest may take as long to be frozen."""
    mark = start(data, control)
    control.do("set", what="config", name="vmhost.quiesce.limit", value=4)
    data.await_event("backup", mark, what="host.limit")
    data.await_event("backup", mark, what="req.done")
    assert not is_frozen(data.vm)
    control.do("set", what="config", name="vmhost.quiesce.limit", value=900)


def test_a_host_that_says_nothing_more_is_not_waited_for(data, control, limits):
    """The guest's own limit, which the privileged process holds to."""
    limits("[vmbackup]\nfreeze-limit=4\n")
    # One who writes on and on is held for certain; who came afterwards might come after the end.
    data.vm.run("rm -f /run/enough")
    writer = data.vm.spawn(f"until [ -e /run/enough ]; do {WRITE} || exit; done")
    mark = start(data, control)
    assert data.await_event("backup", mark, timeout=20, what="req.aborted")["code"] == 4
    data.await_event("backup", mark, what="req.done")
    data.vm.run("touch /run/enough")
    assert data.vm.wait(writer, timeout=20).rc == 0
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


# Whoever is killed, and whenever

STAGES = ("freeze scripts", "freezing", "frozen", "thawing", "thaw scripts")
QUICK = {("freeze scripts", WORKER), ("freezing", BROKER), ("frozen", WORKER), ("frozen", BROKER),
         ("frozen", "child"), ("thaw scripts", BROKER)}  # fmt: skip

OWED = "/run/vmguestd-broker/scripts"
GUARD = "^/usr/sbin/vmguestd --guard"

# Comes to the gate in one phase, says so, and waits there.
COMES = '#!/bin/sh\n[ "$1" != {} ] || {{ echo >/run/at; read line </run/gate; }}\n'

# A writer whose page never comes: as long as it lives, whoever freezes that file system waits for it.
WRITES = """
import ctypes, fcntl, mmap, os, signal, struct, threading
page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
at = ctypes.addressof(ctypes.c_char.from_buffer(page))
faults = ctypes.CDLL(None).syscall(323, 0)  # userfaultfd
fcntl.ioctl(faults, 0xC018AA3F, struct.pack("=3Q", 0xAA, 0, 0))
fcntl.ioctl(faults, 0xC020AA00, struct.pack("=4Q", at, 4096, 1, 0))
file = os.open("/root/held", os.O_WRONLY | os.O_CREAT)
threading.Thread(target=os.write, args=(file, page)).start()
os.read(faults, 32)
open("/run/at", "w").close()
signal.pause()
"""

# It comes last: who waits there has frozen the others. 16 is ioctl().
FREEZES_ROOT = ("pids=$(pgrep -P {broker}) && for pid in $pids; do read call fd rest </proc/$pid/syscall && "
                "[ $call = 16 ] && [ $(readlink /proc/$pid/fd/$(($fd))) = / ]; done")  # fmt: skip


class Stage:
    """Brings a snapshot to a stage, in which it stays, and lets it go on."""

    def __init__(self, service, control, name):
        self.service, self.vm, self.control, self.name = service, service.vm, control, name
        self.stopped = []
        self.job = None
        self.vm.run("rm -f /run/gate /run/at; mkfifo /run/gate /run/at")
        self.mark = control.mark()
        if "scripts" in name:
            self.vm.put(f"{SCRIPTS}/comes", COMES.format(name.split()[0]).encode(), mode="755")
        if name == "freezing":
            self.vm.put("/run/writes", WRITES.encode())
            self.job = self.vm.spawn("exec python3 /run/writes")
            self.vm.run("read line </run/at", check=False)
        # The host says that it is done by itself if that is how the stage is come to.
        control.do("quiesce", op="start", auto=name == "thaw scripts", force=True)
        if "scripts" in name:
            self.vm.run("read line </run/at")
        elif name == "freezing":
            await_guest(self.vm, FREEZES_ROOT.format(broker=service.pid(BROKER)))
            assert is_frozen(self.vm)
        else:
            service.await_event("backup", self.mark, what="prov.snapshotCommit")
        self.pids = {unit: service.pid(unit) for unit in (WORKER, BROKER)}
        # Who measures disks is another one for a moment.
        await_guest(self.vm, f"[ $(pgrep -P {self.pids[BROKER]} | tee /run/child | wc -l) = 1 ]")
        self.pids["child"] = int(self.vm.run("cat /run/child"))
        if name == "thawing":
            self.stopped = [self.pids[BROKER], self.pids["child"]]
            self.signal("STOP", *self.stopped)
            control.do("quiesce", op="done")
            await_guest(self.vm, 'vmguest status --json | grep -q "are being thawed"')

    def signal(self, name, *pids):
        self.vm.run(f"kill -{name} {' '.join(map(str, pids))}")

    def kill(self, *who):
        pids = [self.pids[name] for name in who]
        if len(pids) > 1:  # else the next one has thawed before it is killed
            self.signal("STOP", *pids)
        self.signal("KILL", *pids)
        for pid in set(self.stopped) - set(pids):
            self.vm.run(f"kill -CONT {pid}", check=False)  # unless systemd has killed it too
        if BROKER in who and "scripts" in self.name:
            # systemd kills who runs scripts as well, and is not to come when some have heard of the end.
            await_guest(self.vm, f"! kill -0 {self.pids['child']}")

    def release(self):
        if self.name == "freezing":
            self.vm.stop(self.job, "KILL")
        if "scripts" in self.name:
            self.vm.run(f"rm {SCRIPTS}/comes")
            # Whoever comes, once more or late, for reading too, lest it wait for somebody itself.
            self.job = self.vm.spawn("exec yes 3<>/run/at 1<>/run/gate")

    def end(self):
        if self.job and self.job.output is None:
            self.vm.stop(self.job, "KILL")


def assert_right(service, control):
    """Nothing of it is left, and the next snapshot succeeds."""
    vm = service.vm
    await_guest(vm, f'! pgrep -f "{GUARD}"')
    assert not is_frozen(vm) and not is_frozen(vm, "/")
    service.await_running()
    # Scripts that are still to hear of an end are written down, also between two who run them.
    await_guest(vm, f"[ ! -e {OWED} ] && ! pgrep -P $(systemctl show -P MainPID {BROKER})")
    mark = start(service, control)
    control.do("quiesce", op="done")
    service.await_event("backup", mark, what="req.done")
    # A host that has not heard of an end lists what was before as well.
    told = [event["what"] for event in service.state("quiesce")["events"] if event["what"] != "req.keepAlive"]
    assert told[-3:] == ["reset", "prov.snapshotCommit", "req.done"]
    assert not is_frozen(vm) and not is_frozen(vm, "/")
    vm.run("[ ! -e /run/vmguestd-broker/frozen ]")
    await_guest(vm, f'! pgrep -f "{GUARD}"')
    assert service.properties(WORKER, "ActiveState", "Result") == ["active", "success"]
    assert service.properties(BROKER, "ActiveState") == ["active"]


@pytest.mark.parametrize(("name", "who"), [
    pytest.param(name, who, marks=() if (name, who) in QUICK else pytest.mark.thorough)
    for name in STAGES for who in (WORKER, BROKER, "child")
])  # fmt: skip
def test_whoever_is_killed_nothing_stays_frozen(request, data, control, scripts, name, who):
    stage = Stage(data, control, name)
    writer = None if "scripts" in name else write(data.vm)
    stage.kill(who)
    if writer and not (name == "freezing" and who == "child"):
        # What is frozen is thawed though another one is still being frozen.
        assert data.vm.wait(writer, timeout=20).rc == 0
    stage.release()
    request.addfinalizer(stage.end)
    if who == "child":
        data.await_event("backup", stage.mark, what="req.done")
    else:
        data.await_event("capability", stage.mark, timeout=30, name="statechange")
    if writer:
        data.vm.wait(writer, timeout=20)
    assert_right(data, control)
    # Each script has heard of the end of what it got ready for.
    heard = [line.split() for line in data.vm.run("cat /run/backup").splitlines()]
    for script in "10-first", "20-second":
        words = [word for by, word in heard if by == script]
        if who == WORKER:
            # systemd restarts the broker with it, and so may kill who tells them; who comes then tells them anew.
            words = [word for word, before in zip(words, ["", *words]) if word == "freeze" or word != before]
        assert words[::2] == ["freeze"] * (len(words) // 2) and len(words) >= 2
        assert set(words[1::2]) <= {"thaw", "freezeFail"}


def test_even_if_all_of_the_unit_are_killed(data, control):
    """The guard thaws, which is another unit's."""
    mark = start(data, control)
    writer = write(data.vm)
    data.vm.run("systemctl kill -s KILL vmguestd-broker vmguestd")
    assert data.vm.wait(writer, timeout=20).rc == 0
    data.await_event("capability", mark, timeout=30, name="statechange")
    assert_right(data, control)


def test_even_if_init_waits_for_the_disk(data, control):
    """systemd makes a folder for a unit with PrivateTmp=, and does nothing else until it can."""
    unit = b"[Service]\nType=oneshot\nExecStart=true\nPrivateTmp=yes\n"
    data.vm.put("/run/systemd/system/private.service", unit)
    data.vm.run("systemctl daemon-reload")
    stage = Stage(data, control, "frozen")
    writer = write(data.vm)
    unit = data.vm.spawn("systemctl start private")
    await_guest(data.vm, 'grep -q "^State:.D" /proc/1/status')
    stage.kill(WORKER, BROKER, "child")
    assert data.vm.wait(writer, timeout=20).rc == 0
    assert data.vm.wait(unit).rc == 0
    data.await_event("capability", stage.mark, timeout=30, name="statechange")
    assert_right(data, control)


def test_even_if_the_guard_is_killed(data, control):
    stage = Stage(data, control, "frozen")
    writer = write(data.vm)
    data.vm.run(f'pkill -9 -f "{GUARD}"')
    assert data.await_event("backup", stage.mark, what="req.aborted")["code"] == 4
    assert data.vm.wait(writer, timeout=20).rc == 0
    data.await_event("backup", stage.mark, what="req.done")
    assert_right(data, control)


def test_even_if_the_guard_is_killed_with_all_others(data, control):
    """systemd is left."""
    mark = start(data, control)
    writer = write(data.vm)
    data.vm.run('pkill -STOP -f "^/usr/sbin/vmguestd"; pkill -KILL -f "^/usr/sbin/vmguestd"')
    assert data.vm.wait(writer, timeout=20).rc == 0
    data.await_event("capability", mark, timeout=30, name="statechange")
    assert_right(data, control)


@pytest.fixture
def alone(data, control):
    """vmguestd as it runs where there is no systemd."""
    vm = data.vm
    vm.run("systemctl stop vmguestd vmguestd-broker.socket vmguestd-broker vmguestd-guard.socket")
    mark = control.mark()
    job = vm.spawn("exec vmguestd")
    data.await_event("capability", mark, timeout=30, name="statechange")
    data.await_running()
    yield data
    vm.run("pkill -x vmguestd", check=False)
    vm.wait(job, check=False)
    mark = control.mark()
    vm.run("systemctl start vmguestd")
    data.await_event("capability", mark, timeout=30, name="statechange")


def test_without_systemd_too(alone, control):
    """The guard is of another session, and nobody's child."""
    vm = alone.vm
    start(alone, control)
    writer = write(vm)
    guard = vm.run("pgrep -x -P 1 vmguestd").strip()
    await_guest(vm, "[ $(pgrep -x vmguestd | tee /run/pids | wc -l) = 4 ]")
    others = vm.run("cat /run/pids").split()
    others.remove(guard)
    vm.run(f"kill -9 {' '.join(others)}")
    assert vm.wait(writer, timeout=20).rc == 0
    await_guest(vm, "! pgrep -x vmguestd")
    assert not is_frozen(vm) and not is_frozen(vm, "/")
