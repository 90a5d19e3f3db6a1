# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The daemon of the demo: a Debian system with our package on the emulated VMware host, and what the
host sees of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emul.vmhostctl import Control, HostError

from . import LabError, layers, openvmtools, progress, vmguestd
from .kernels import Kernel
from .net import Nic, Slirp
from .vm import VM
from .vmhost import VmHost

ROWS = ("tools", "heartbeat", "host name", "system", "addresses", "disks")
RESTART = "restart by the host"


def show(kernel: Kernel, driver: str, logs: Path, table: Callable[[list[tuple[str, str]]], None]) -> None:
    """Boots it, hands over what the host sees, and has the host restart it."""
    ours = [layers.ours(kernel)] if driver == "ours" else []
    # Ours goes after the kernel's own modules.
    parts = [*vmguestd.guest_layers(kernel, "vmxnet3"), *ours]
    with VmHost({"memory": openvmtools.MEMORY}) as host, VM(
        kernel, parts, [Nic(Slirp())], name="demo-tools", logs=logs, **vmguestd.config(host)
    ) as vm:
        try:
            _show(vm, host, table)
        except HostError as error:
            raise LabError(str(error)) from error


def _show(vm: VM, host: VmHost, table: Callable[[list[tuple[str, str]]], None]) -> None:
    with progress.step("boot Debian with our package in the place of open-vm-tools, on an emulated "
                       "VMware host"):  # fmt: skip
        vm.boot()
    with host.control() as control:
        with progress.step("wait until the host knows all of the guest"):
            vm.run("ip link set eth0 up && ip address add 10.0.2.15/24 dev eth0")
            # The last thing that the host asks of a system that has started.
            control.wait("statechange", timeout=60 * vm.slowness, op="poweron")
            for item in "os", "hostName", "disks", "nics":
                _known(control, vm, item)
        table(_seen(control))
        with progress.step("restart the guest, by a word of the host"):
            vm.qmp("set-action", reboot="reset")
            mark, start = control.mark(), time.monotonic()
            control.do("power", op="reboot")
            control.wait("statechange", since=mark, timeout=60 * vm.slowness, op="reboot", status=True)
            agreed = time.monotonic() - start
            vm.await_restart(timeout=120)
            control.wait("statechange", since=mark, timeout=60 * vm.slowness, op="poweron")
            back = time.monotonic() - start
        table([(RESTART, f"agreed to after {agreed:.1f} s, tools {_running(control)} again after {back:.0f} s")])
        vm.kill()


def _known(control: Control, vm: VM, item: str) -> None:
    """An address of the NIC comes a moment after the rest."""
    since = 0
    while True:
        event = control.wait([item, "guestinfo"], since=since, timeout=60 * vm.slowness, item=item)
        if item != "nics" or "10.0.2.15" in str(event["value"]):
            return
        since = event["seq"]


def _seen(control: Control) -> list[tuple[str, str]]:
    tools, guest = control.state("tools"), control.state("guest")
    current = {"guestToolsUnmanaged": "current, managed by the guest"}.get(
        tools["versionStatus"], tools["versionStatus"])  # fmt: skip
    beat = tools["heartbeat"]
    addresses = [address["address"] for nic in guest["nics"]["nics"] for address in nic["addresses"]]
    disks = [f"{disk['name']} {disk['size'] >> 20} MiB, {disk['free'] >> 20} free"
             for disk in guest["disks"]["disks"]]  # fmt: skip
    texts = (f"{_running(control)}, version {tools['versionText']} ({current})",
             f"{beat['status']}, {_age(beat)} ago", guest["hostName"], guest["os"]["full"],
             ", ".join(addresses), "; ".join(disks))  # fmt: skip
    return list(zip(ROWS, texts, strict=True))


def _running(control: Control) -> str:
    status = control.state("tools")["runningStatus"]
    return "running" if status == "guestToolsRunning" else status


def _age(beat: dict[str, Any]) -> str:
    return f"{beat['age']:.1f} s"
