# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Hosts in trouble: errors of a disk, disks that stall, and that the rest keeps working."""

import pytest

from lab import disks as lab_disks
from lab.disks import Disk

from .adapter import VERIFY, assert_works, report
from .device import REQ_CONS, REQ_PROD

pytestmark = pytest.mark.ours_only

BAD, FULL, STALLED = 1, 2, 3
GATE = "gate"
MIB = 1 << 20


@pytest.fixture(scope="module")
def throttles():
    return [GATE]


@pytest.fixture(scope="module")
def disks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disks")

    def image(name):
        return lab_disks.file(folder / name, 64)

    def rule(iotype, errno, first):
        return {"event": "none", "iotype": iotype, "errno": errno, "sector": first, "once": False}

    return [
        Disk(0, image("good")),
        Disk(BAD, lab_disks.faulty(image("bad"), rule("read", 5, 2048), rule("write", 5, 4096))),
        Disk(FULL, lab_disks.faulty(image("full"), rule("write", 28, 2048)),
             props={"werror": "report"}),
        Disk(STALLED, lab_disks.throttled(image("stalled"), GATE)),
    ]  # fmt: skip


def dd(host, words):
    return host.vm.run(f"dd {words} bs=4k count=1 2>&1", check=False, timeout=60)


def test_a_block_that_cannot_be_read_is_an_error_and_its_neighbours_are_not(host):
    device = host.disk(BAD)
    failed = dd(host, f"if={device} of=/dev/null skip={2048 // 8} iflag=direct")
    assert failed.rc and "Input/output error" in failed
    for block in 2048 // 8 - 1, 2048 // 8 + 1:
        assert not dd(host, f"if={device} of=/dev/null skip={block} iflag=direct").rc
    assert_works(host)


def test_a_block_that_cannot_be_written_is_an_error(host):
    device = host.disk(BAD)
    failed = dd(host, f"if=/dev/zero of={device} seek={4096 // 8} oflag=direct")
    assert failed.rc and "Input/output error" in failed
    assert not dd(host, f"if=/dev/zero of={device} seek={4096 // 8 + 1} oflag=direct").rc


def test_a_host_without_space_says_so(host):
    failed = dd(host, f"if=/dev/zero of={host.disk(FULL)} seek={2048 // 8} oflag=direct")
    assert failed.rc and "No space left" in failed


def test_what_the_target_says_of_it_is_in_the_log(host):
    mark = host.vm.mark()
    dd(host, f"if={host.disk(BAD)} of=/dev/null skip={2048 // 8} iflag=direct")
    host.vm.wait_console("Sense Key : ", since=mark)
    host.vm.wait_console("I/O error", since=mark)


# A disk that stalls


class Stall:
    """From now on nothing passes; what is let through first uses up all there is."""

    def __init__(self, host, adapter):
        self.host, self.adapter = host, adapter
        adapter.throttle(host.vm, GATE, bps_total=1)
        dd(host, f"if={host.disk(STALLED)} of=/dev/null iflag=direct")
        self.before = host.counters()
        self.mark = host.vm.mark()

    def end(self):
        self.adapter.throttle(self.host.vm, GATE)


@pytest.fixture
def stall(host, adapter):
    host.vm.run(f"echo 3 >{host.attribute(STALLED, 'timeout')}")
    stall = Stall(host, adapter)
    yield stall
    stall.end()
    host.vm.run(f"echo 180 >{host.attribute(STALLED, 'timeout')}")


@pytest.mark.slow
def test_a_stall_that_ends_in_time_is_nobodys_business(host, stall):
    host.vm.run(f"echo 180 >{host.attribute(STALLED, 'timeout')}")
    job = host.vm.spawn(f"dd if=/dev/urandom of={host.disk(STALLED)} bs=64k count=16 oflag=direct")
    host.fio(0, bs="4k", iodepth=16, rw="randwrite", size="4m", ioengine="libaio", **VERIFY)
    stall.end()
    host.vm.wait(job)
    assert not host.trouble(stall.before)


# An adapter that does not answer. (QEMU ends no command that its throttle holds back, and stands still
# when it is told to.)


@pytest.fixture
def impatient(host):
    """Disks whose commands time out after 8 seconds. They are errors after six times as much, and a few
    go through all that is tried for them in that time.
    """
    for target in 0, STALLED:
        host.vm.run(f"echo 8 >{host.attribute(target, 'timeout')}")
    yield
    for target in 0, STALLED:
        host.vm.run(f"echo 180 >{host.attribute(target, 'timeout')}")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("until", ["", "aborts_failed",
                                   pytest.param("bus_resets", marks=pytest.mark.thorough)])  # fmt: skip
def test_an_adapter_that_is_away_loses_no_write(host, device, impatient, until):
    """It hears nothing for some seconds: of kicks that were lost, aborts, resets of the bus."""
    before, depth = host.counters(), 4
    device.answer(False)
    job = host.spawn_fio(0, bs="4k", iodepth=depth, ioengine="libaio", rw="randwrite", size="8m",
                         **VERIFY)  # fmt: skip
    if until:
        host.await_counter(until, before[until] + 1)
    else:
        # Until all kicks were lost; the next one would tell of earlier requests as well. The last one
        # comes after its request, before its CPU does anything else.
        while device.index(REQ_PROD) - device.index(REQ_CONS) < depth:
            pass
        host.vm.run("taskset 1 true; taskset 2 true")
    device.answer(True)
    (done,) = report(host.vm.wait(job, timeout=300))
    assert done["error"] == 0
    assert done["write"]["io_bytes"] == done["read"]["io_bytes"] == 8 * MIB
    grown = host.counted(before)
    assert not {k: v for k, v in grown.items() if v and k.startswith("bad_")}
    if not until:
        assert grown["kicks_rescued"] >= 1
        assert not grown["aborts"]
    assert_works(host, STALLED)


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_an_adapter_that_does_not_come_back_is_given_up(host, device, impatient):
    mark = host.vm.mark()
    job = host.spawn_fio(0, bs="4k", iodepth=8, ioengine="libaio", rw="randread", time_based=1,
                         runtime=300)  # fmt: skip
    host.await_io(0)
    device.answer(False)
    host.vm.wait_console("adapter given up, it does not take its rings", timeout=120, since=mark)
    assert host.vm.wait(job, check=False).rc
    assert host.vm.run(f"cat {host.path('pvscsi')}/state") == "dead\n"
    device.answer(True)
    host.load()
    assert_works(host)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_abort_from_outside_ends_the_command(host, device):
    """SG_IO's own timeout."""
    before = host.counters()
    device.answer(False)
    job = host.vm.spawn(f"sg_raw -t 2 -r 4096 {host.disk(STALLED)} 28 00 00 00 01 00 00 00 08 00 2>&1")
    host.await_counter("aborts_failed", before["aborts_failed"] + 1)
    device.answer(True)
    host.vm.wait(job, timeout=120, check=False)
    assert_works(host, STALLED)


# Space that is used up by many


@pytest.mark.slow
def test_an_error_of_one_disk_is_no_error_of_another(host):
    bad = host.spawn_fio(BAD, bs="4k", iodepth=8, ioengine="libaio", rw="randrw", size="8m",
                         continue_on_error="io")  # fmt: skip
    (good,) = host.fio(0, bs="4k", iodepth=16, rw="randwrite", size="8m", ioengine="libaio", **VERIFY)
    assert good["error"] == 0
    host.vm.wait(bad, check=False)
    assert_works(host)
