# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The tests of tests/kunit/, run by the kernel itself; here is only what starts and reads them."""

import pytest

from lab import ktap

pytestmark = pytest.mark.needs_debug


@pytest.fixture(scope="module")
def vm_modules():
    return ["vmxnet3_test"]


@pytest.mark.parametrize("module", ["vmxnet3_test"])
def test_all_cases_of_the_module_pass(vm, module):
    mark = vm.mark()
    vm.run("modprobe kunit")
    vm.run(f"insmod /root/kunit/{module}.ko")
    vm.wait_console(rf"ok 1 {module.removesuffix('_test')}\n", since=mark)
    results = ktap.parse(vm.run("dmesg | sed -n '/KTAP version/,$p'"))
    assert len(results) >= 5
    assert [result for result in results if result.status != ktap.PASS] == []
