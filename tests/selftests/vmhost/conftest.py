# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Guests of the emulated VMware host; everything in them that speaks to it is other people's, but for
the program that makes raw calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emul.vmhostctl import Control
from lab import cc, layers
from lab.kernels import Kernel
from lab.vm import VM
from lab.vmhost import VmHost

# Before it is imported: its assertions say what they compared, like those of a test.
pytest.register_assert_rewrite("selftests.vmhost.calls", "selftests.cloudinit")

from .calls import Calls  # noqa: E402

GUEST = Path(__file__).parent / "guest"
INTERFACES = Path(__file__).parents[3] / "drivers/include"


@pytest.fixture(scope="session")
def guest_layers(kernel: Kernel) -> list[Path]:
    program = cc.build("calls", [GUEST / "calls.c"], (*cc.STATIC, f"-I{INTERFACES}"),
                       [INTERFACES / "vmw/backdoor_dev.h"])  # fmt: skip
    return [layers.base(), layers.kernel(kernel, ("vmw_balloon", "vmw_vmci")),
            layers.files({"usr/bin/calls": program})]  # fmt: skip


@pytest.fixture(scope="module")
def vm_config(vmhost: VmHost) -> dict[str, Any]:
    return vmhost.config()


@pytest.fixture
def control(vmhost: VmHost, vm: VM) -> Iterator[Control]:
    """The host of the running guest; faults that a test has asked for end with it."""
    with vmhost.control() as control:
        yield control
        if vm.running:
            control.do("fault", clear=True)


@pytest.fixture
def calls(vm: VM) -> Calls:
    """Raw calls of the guest."""
    return Calls(vm)
