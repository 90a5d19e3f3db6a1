# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What the driver tells the device and is told, for what it carries. The benchmark counts the same
from outside.
"""

import pytest

from lab import disks as lab_disks
from lab.disks import Disk

pytestmark = [pytest.mark.ours_only, pytest.mark.slow]

BATCH = {"iodepth": 32, "iodepth_batch_submit": 32, "iodepth_batch_complete_min": 32,
         "iodepth_batch_complete_max": 32}  # fmt: skip


@pytest.fixture(scope="module")
def disks():
    return [Disk(0, lab_disks.null(64)), Disk(1, lab_disks.null(64))]


@pytest.mark.parametrize("engine", ["libaio", "io_uring"])
@pytest.mark.parametrize("scheduler", ["none", "mq-deadline"])
def test_a_batch_is_one_kick(host, engine, scheduler):
    queue = f"/sys/block/{host.disk(0)[5:]}/queue"
    if scheduler not in host.vm.run(f"cat {queue}/scheduler"):
        scheduler = "none"      # the debug kernel has no other
    host.vm.run(f"echo {scheduler} >{queue}/scheduler; echo 2 >{queue}/nomerges")
    before = host.counters()
    host.fio(0, bs="4k", rw="randread", size="16m", ioengine=engine, **BATCH)
    grown = host.counted(before)
    assert grown["requests"] >= 4096
    assert grown["kicks_rw"] + grown["kicks_other"] <= grown["requests"] / 16
    assert grown["completions"] == grown["requests"]
    assert grown["interrupts"] <= grown["requests"] / 2


@pytest.mark.brief
def test_a_command_alone_is_one_kick_and_one_interrupt(host):
    before = host.counters()
    host.vm.run(f"dd if={host.disk(0)} of=/dev/null bs=4k count=1000 iflag=direct")
    grown = host.counted(before)
    assert grown["requests"] == 1000 + grown["kicks_other"]
    assert grown["kicks_rw"] == 1000
    assert 1000 <= grown["interrupts"] <= 1010


@pytest.mark.brief
def test_a_command_that_is_no_read_or_write_is_told_of_by_the_other_register(host):
    before = host.counters()
    host.vm.run(f"sg_raw {host.disk(0)} 00 00 00 00 00 00")
    grown = host.counted(before)
    assert (grown["kicks_rw"], grown["kicks_other"]) == (0, grown["requests"])
    assert grown["requests"] >= 1


def test_two_disks_share_a_ring_and_not_their_kicks(host):
    before = host.counters()
    jobs = host.fio(0, 1, bs="4k", rw="randread", size="4m", ioengine="libaio", **BATCH)
    assert [job["error"] for job in jobs] == [0, 0]
    grown = host.counted(before)
    assert grown["kicks_rw"] + grown["kicks_other"] <= grown["requests"] / 8
