# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Kernel splats are found in console text with their traces, and nothing else is."""

import pytest

from lab.console import Console, complaints

WARN = """\
[   12.000000] eth0: about to go wrong
[   12.000001] ------------[ cut here ]------------
[   12.000002] WARNING: CPU: 0 PID: 77 at net/core/dev.c:1 foo+0x1/0x2
[   12.000003] Modules linked in: vmxnet3
[   12.000004] Call Trace:
[   12.000005]  <TASK>
[   12.000006]  bar+0x1/0x2
[   12.000007]  </TASK>
[   12.000008] ---[ end trace 0000000000000000 ]---
[   12.000009] eth0: all is well again
"""


def test_a_warning_is_one_splat_from_its_cut_to_its_end():
    (splat,) = complaints(WARN)
    assert splat.splitlines() == WARN.splitlines()[1:-1]


def test_an_allowed_warning_is_none_but_its_neighbour_is():
    assert complaints(WARN, allow=(r"bar\+0x1",)) == []
    assert len(complaints(WARN + WARN.replace("bar", "baz"), allow=(r"bar\+0x1",))) == 1


@pytest.mark.parametrize("line", [
    "BUG: KASAN: slab-use-after-free in vmxnet3_poll+0x10/0x20 [vmxnet3]",
    "BUG: sleeping function called from invalid context at mm/slab.h:1",
    "UBSAN: array-index-out-of-bounds in drivers/x.c:1:2",
    "WARNING: possible circular locking dependency detected",
    "WARNING: suspicious RCU usage",
    "INFO: task kworker/0:1:10 blocked for more than 120 seconds.",
    "INFO: rcu_sched self-detected stall on CPU",
    "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
    "DMA-API: vmxnet3 0000:00:02.0: device driver frees DMA memory with different size",
    "DMA-API: vmxnet3 0000:00:02.0: mapping error not checked",
    "kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
    "Oops: general protection fault, probably for non-canonical address",
])  # fmt: skip
def test_what_the_checkers_find_is_a_splat(line):
    assert complaints(f"[    1.0] before\n[    1.1] {line}\n[    1.2] after\n") == [
        f"[    1.1] {line}"
    ]


@pytest.mark.parametrize("line", [
    "kasan: KernelAddressSanitizer initialized",
    "Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar",
    "... MAX_LOCKDEP_SUBCLASSES:  8",
    "lockdep: annotated nested lock classes: 8192",
    "DMA-API: preallocated 65536 debug entries",
    "DMA-API: debugging enabled by kernel config",
    "kmemleak: Kernel memory leak detector initialized (mem pool available: 15679)",
    "kmemleak: Automatic memory scanning thread started",
    "Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible",
    "vmxnet3 0000:00:02.0 eth0: NIC Link is Up 1000 Mbps",
    "vmxnet3: loading out-of-tree module taints kernel.",
])  # fmt: skip
def test_a_kernel_may_introduce_its_checkers(line):
    assert complaints(f"[    1.0] {line}\n") == []


def test_a_trace_without_an_end_mark_stops_where_it_stops():
    text = "[ 1.0] Call Trace:\n[ 1.0]  foo+0x1/0x2\n[ 1.0]  bar+0x1/0x2\n[ 1.1] eth0: fine\n"
    (splat,) = complaints(text)
    assert splat.splitlines()[-1] == "[ 1.0]  bar+0x1/0x2"


def test_the_panic_is_read_from_the_text_and_the_log_has_all_bytes(tmp_path):
    console = Console(tmp_path / "log")
    console.take(b"[ 1.0] Kernel panic - not sync")
    assert console.panic() is None
    console.take(b"ing: Fatal exception in interrupt\r\n\xff")
    console.close()
    assert console.panic() == "Fatal exception in interrupt"
    assert (tmp_path / "log").read_bytes().endswith(b"interrupt\r\n\xff")
