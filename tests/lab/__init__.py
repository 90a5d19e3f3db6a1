# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The lab: kernels, QEMU and guests to test the drivers in.

What is fetched or built is in `roots`, `kernels`, `qemu`, `build` and `layers`, all of it
kept by `cache`; what runs is in `vm` and `net`. Tests use these modules and own none of it.
"""


class LabError(Exception):
    """A failure whose one line tells the user what to do."""
