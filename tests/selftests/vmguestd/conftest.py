# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Guests of the emulated VMware host in which our package has taken the place of open-vm-tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emul.vmhostctl import Control
from lab import openvmtools, vmguestd
from lab.kernels import Kernel
from lab.net import Nic, Tap
from lab.vm import VM
from lab.vmhost import VmHost

# Before it is imported: its assertions say what they compared, like those of a test.
pytest.register_assert_rewrite("selftests.vmhost.tools", "selftests.vmguestd.service", "selftests.cloudinit")

from .service import Service  # noqa: E402

ADDRESSES = ("192.0.2.2/24", "2001:db8::2/64")
SECOND_MIB = 64


@pytest.fixture(scope="session")
def guest_layers(kernel: Kernel) -> list[Path]:
    return vmguestd.guest_layers(kernel)


@pytest.fixture(scope="module")
def vmhost_options() -> dict[str, str | int]:
    return {"memory": openvmtools.MEMORY}


@pytest.fixture(scope="module")
def vm_config(vmhost: VmHost, tap: Tap) -> dict[str, Any]:
    """A NIC, and a second disk that is empty."""
    config = vmguestd.config(vmhost)
    image = Path(vmhost.socket).with_name("second")
    with image.open("wb") as file:
        file.truncate(SECOND_MIB << 20)
    drive = f"if=virtio,format=raw,file={image}"
    return {**config, "extra": [*config["extra"], "-drive", drive],
            "nics": [Nic(tap, "virtio-net-pci")]}  # fmt: skip


@pytest.fixture(scope="module")
def vm_setup() -> Callable[[VM], None]:
    def settle(vm: VM) -> None:
        assert vm.run("systemctl is-system-running --wait", 120, check=False) == "running\n"
        vm.run("ip link set eth0 up")
        vm.run(f"ip address add {ADDRESSES[0]} dev eth0 && "
               f"ip address add {ADDRESSES[1]} dev eth0 nodad")  # fmt: skip
        vm.run("ip route add default via 192.0.2.1 metric 100 && "
               "ip route add default via 2001:db8::1 metric 200")  # fmt: skip

    return settle


@pytest.fixture
def control(vmhost: VmHost, vm: VM) -> Iterator[Control]:
    """The host of the running guest; faults that a test has asked for end with it."""
    with vmhost.control() as control:
        yield control
        if vm.running:
            control.do("fault", clear=True)


@pytest.fixture
def service(vm: VM, control: Control) -> Service:
    service = Service(vm, control)
    service.await_running()
    return service
