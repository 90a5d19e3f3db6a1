# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The guest of the suites of tests/kunit/: its modules lie in /root/kunit, none is loaded."""

import pytest

from lab import build, layers


@pytest.fixture(scope="module")
def vm_setup():
    return lambda vm: None


@pytest.fixture(scope="module")
def vm_config(kernel):
    built = build.modules(kernel, extra_make=["VMGUEST_KUNIT=1"])
    return {"layers": [layers.files({"root/kunit": built})]}
