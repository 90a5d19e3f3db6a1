# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Completions that are polled for raise no interrupts, and those that are not still do."""

import pytest

from .adapter import VERIFY

pytestmark = [pytest.mark.shares("three disks"), pytest.mark.ours_only, pytest.mark.slow]

# The SCSI layer of 5.10 knows of no polling (its interface came with 5.13).
OLD = "5.10"


@pytest.fixture
def polling(host):
    host.load("poll_queues=1")
    yield
    host.load()


@pytest.mark.brief
def test_data_is_whole(host, polling, kernel):
    before = host.counters()
    (job,) = host.fio(0, bs="4k", iodepth=16, rw="randwrite", size="8m", ioengine="io_uring",
                      hipri=int(kernel.name != OLD), **VERIFY)  # fmt: skip
    assert job["error"] == 0
    assert not host.trouble(before)


@pytest.mark.parametrize("depth", [1, 8])
def test_no_interrupts_while_nobody_waits_for_one(host, polling, kernel, depth):
    options = {"bs": "4k", "iodepth": depth, "rw": "randread", "ioengine": "io_uring", "size": "8m",
               "hipri": int(kernel.name != OLD)}  # fmt: skip
    host.fio(0, **options)  # until interrupts are switched off
    before = host.counters()
    host.fio(0, **options)
    grown = host.counted(before)
    assert grown["requests"] >= 2000    # neighbours by chance are merged
    if kernel.name == OLD:
        assert grown["interrupts"] >= grown["requests"] / (2 * depth)
        assert not grown["mask_writes"]
        return
    # The opening and closing of the disk may wait for some.
    assert grown["interrupts"] <= 40
    assert grown["mask_writes"] <= 20


def test_both_kinds_at_once(host, polling, kernel):
    hipri = int(kernel.name != OLD)
    before = host.counters()
    with host.load_with_verify(1):
        (job,) = host.fio(0, bs="4k", iodepth=8, rw="randwrite", size="8m", ioengine="io_uring",
                          hipri=hipri, **VERIFY)  # fmt: skip
        assert job["error"] == 0
    assert not host.trouble(before)
