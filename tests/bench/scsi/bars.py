# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What our vmw_pvscsi must reach."""

from __future__ import annotations

from ..verdicts import Bar
from .guest import POLLED

# What may be left of ticks and housekeeping in the least disturbed repeat, as a part.
NOISE = 0.01

BARS = (
    Bar("4k-qd32", "writes", 0.035),
    Bar("4k-qd32", "interrupts", 0.035),
    Bar("4k-qd32", "driver", 0.7, relative=True),
    Bar("4k-qd32", "total", 1, relative=True, of="virtio-scsi"),
    Bar("4k-qd32-100us", "writes", 0.2),
    Bar("4k-qd32-100us", "driver", 0.7, relative=True),
    Bar("4k-qd32-100us", "driver", 205),
    *(Bar(name, metric, 0.13) for name in ("128k-read", "128k-write")
      for metric in ("writes", "interrupts")),
    *(Bar(name, metric, 1, relative=True, noise=NOISE) for name in ("4k-qd1", "4k-qd1-100us")
      for metric in ("writes", "interrupts", "driver", "total")),
    Bar("1m-read", "commands", 1, relative=True),
    *(Bar(name, "interrupts", 0, ours=POLLED, of=POLLED) for name in ("poll-qd1", "poll-qd32")),
)
