# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The guest of the vmw_pvscsi suites: one adapter, its disks found.

A file that wants other disks says so with its own `disks` fixture. What a test does with the adapter
is in adapter.py, what it does in the place of the device is in device.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab import disks as lab_disks
from lab import kernels, layers
from lab.disks import Adapter, Disk
from lab.kernels import Kernel
from lab.qtest import Qtest
from lab.vm import VM

# Before they are imported: their assertions say what they compared, like those of a test.
pytest.register_assert_rewrite("selftests.pvscsi.adapter", "selftests.pvscsi.device")

from .adapter import Host  # noqa: E402
from .device import TRACE, Device  # noqa: E402


@pytest.fixture(scope="session")
def guest_layers(kernel: Kernel, driver: str) -> list[Path]:
    return layers.storage_guest(kernel, driver)


@pytest.fixture(scope="module")
def vm_modules() -> list[str]:
    return ["vmw_pvscsi"]


@pytest.fixture(scope="session")
def usual_disks(tmp_path_factory: pytest.TempPathFactory) -> list[Disk]:
    folder = tmp_path_factory.mktemp("disks")
    return [Disk(target, lab_disks.file(folder / f"disk{target}", 256)) for target in (0, 1, 15)]


@pytest.fixture(scope="module")
def disks(usual_disks: list[Disk]) -> list[Disk]:
    return usual_disks


@pytest.fixture(scope="module")
def throttles() -> list[str]:
    """Groups for `lab.disks.throttled`."""
    return []


@pytest.fixture(scope="module")
def adapter(disks: list[Disk], throttles: list[str]) -> Adapter:
    return Adapter(disks, throttles=throttles)


@pytest.fixture(scope="session")
def qtest() -> Qtest:
    """The channel to the guest's memory and devices."""
    return Qtest()


@pytest.fixture(scope="module")
def vm_config(adapter: Adapter, qtest: Qtest) -> dict[str, Any]:
    return {"extra": [*adapter.args(), *qtest.args(), *TRACE], "mem": 1024}


@pytest.fixture(scope="module")
def vm_setup(vm_modules: list[str], adapter: Adapter, kernel: Kernel) -> Callable[[VM], None]:
    def load(vm: VM) -> None:
        if kernel.name != kernels.DEBUG:    # where it is part of the kernel
            vm.run("modprobe sd_mod")
        vm.run("modprobe -a sr_mod sg")
        for name in reversed(vm_modules):
            vm.run(f"modprobe {name}")
        Host(vm, adapter).await_targets([disk.target for disk in adapter.disks])

    return load


@pytest.fixture
def host(vm: VM, adapter: Adapter) -> Host:
    """The adapter as the guest sees it."""
    return Host(vm, adapter)


@pytest.fixture
def device(host: Host, qtest: Qtest) -> Device:
    """The adapter as the device behind it."""
    qtest.connect()
    return Device(host, qtest)
