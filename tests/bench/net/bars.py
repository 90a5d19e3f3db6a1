# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What our vmxnet3 must reach."""

from __future__ import annotations

from ..verdicts import Bar
from . import workloads

# What may be left of ticks and housekeeping in the least disturbed repeat, as a part.
NOISE = 0.01

BARS = (
    Bar("pktgen-8", "writes", 0.15),
    Bar("udp-tx", "writes", 1.05),
    Bar("udp-rr", "writes", 2.05),
    Bar("udp-rx", "writes", 1, relative=True, noise=NOISE),
    Bar("udp-tx", "interrupts", 0.1),
    Bar("udp-rr", "interrupts", 1.1),
    Bar("udp-tx", "driver", 0.7, relative=True),
    Bar("udp-rx", "driver", 0.9, relative=True),
    Bar("tcp-rx", "total", 0.75, relative=True),
    # Nothing gets worse for it, and nothing is moved to the timers.
    *(Bar(w.name, "total", 1.02, relative=True) for w in workloads.ALL if w.name != "tcp-rx"),
    *(Bar(w.name, "exits", 1, relative=True, noise=NOISE) for w in workloads.ALL),
)
