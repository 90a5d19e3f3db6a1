# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The guest of the vmxnet3 suites: one NIC for each tap, loaded, up and with addresses.

A file that wants other taps says so with its own `taps` fixture; one that wants the guest as it is
after boot, with its own `vm_setup`. What a test does with a NIC is in port.py, what it does in the
place of the device is in device.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lab import kernels
from lab.kernels import Kernel
from lab.net import Nic, Tap
from lab.qtest import Qtest
from lab.vm import VM

# Before they are imported: their assertions say what they compared, like those of a test.
pytest.register_assert_rewrite("selftests.vmxnet3.packets", "selftests.vmxnet3.port")

from .device import Device  # noqa: E402
from .port import SMALL_RX1, SMALL_RX2, Port  # noqa: E402


@pytest.fixture(scope="module")
def vm_modules() -> list[str]:
    return ["vmxnet3"]


@pytest.fixture(scope="module")
def taps(tap: Tap) -> list[Tap]:
    """What the guest's NICs are plugged into, eth0 first."""
    return [tap]


@pytest.fixture(scope="session")
def qtest() -> Qtest:
    """The channel to the guest's memory and devices."""
    return Qtest()


@pytest.fixture(scope="module")
def vm_config(taps: list[Tap], qtest: Qtest) -> dict[str, Any]:
    return {"nics": [Nic(tap) for tap in taps], "extra": qtest.args()}


@pytest.fixture(scope="module")
def small_rings(kernel: Kernel) -> bool:
    """Each buffer costs the debug kernel as much as a packet; most suites need few of them."""
    return kernel.name == kernels.DEBUG


@pytest.fixture(scope="module")
def roomy(small_rings: bool) -> int:
    """A second ring for all merged frames that are under way: QEMU marks as bad a frame for which
    its buffers end, as they do when the host sends on while the guest has other things to do. Where
    buffers are dear, streams are paced.
    """
    return 1024 if small_rings else 4096


@pytest.fixture(scope="module")
def vm_setup(vm_modules: list[str], taps: list[Tap], small_rings: bool) -> Callable[[VM], None]:
    def load_and_configure(vm: VM) -> None:
        for name in reversed(vm_modules):
            vm.run(f"modprobe {name}")
        for number, tap in enumerate(taps):
            port = Port(vm, tap, number)
            if small_rings:
                port.ethtool("-G", f"rx {SMALL_RX1} rx-jumbo {SMALL_RX2}")
            port.configure()

    return load_and_configure


@pytest.fixture
def ports(vm: VM, taps: list[Tap]) -> list[Port]:
    """The guest's NICs."""
    return [Port(vm, tap, number) for number, tap in enumerate(taps)]


@pytest.fixture
def port(ports: list[Port]) -> Port:
    """The first of them."""
    return ports[0]


@pytest.fixture
def device(port: Port, qtest: Qtest) -> Device:
    """The first of them as the device behind it."""
    qtest.connect()
    return Device(port, qtest)
