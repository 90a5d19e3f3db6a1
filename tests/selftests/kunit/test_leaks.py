# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The search for leaks that each file ends with on the debug kernel: it finds what it is for."""

import pytest

from lab import leaks

# kmemleak says so itself.
pytestmark = [pytest.mark.needs_debug, pytest.mark.console_allow("kmemleak: .* suspected")]


@pytest.fixture(scope="module")
def vm_modules():
    return ["leaky"]


@pytest.mark.parametrize("objects", [0, 16])
def test_what_a_module_loses_is_found_and_laid_to_it(vm, objects):
    vm.run(f"insmod /root/kunit/leaky.ko objects={objects}")
    found = leaks.left_behind(vm, ["leaky"])
    vm.run(f"echo clear >{leaks.FILE}")
    # A stale pointer somewhere hides one or the other, but not all.
    assert len(found) <= objects
    assert bool(found) == bool(objects)
    assert all(report.startswith("leaked by leaky:") for report in found)
