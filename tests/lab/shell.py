# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""`make vm`: a guest with our modules loaded and its network up, and a shell on its console. And
`make vmhost`: one that has an emulated VMware host.
"""

from __future__ import annotations

import os
import select
import shutil
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from . import LabError, kernels, layers, openvmtools
from .net import Nic, Slirp
from .vm import VM
from .vmhost import VmHost

LEAVE = b"\x1d"  # ctrl-]


def bring_up(vm: VM) -> str:
    """Loads the driver and gets an address by DHCP; returns it."""
    vm.run("modprobe vmxnet3")
    vm.run("udhcpc -i eth0 -q -n -t 8 -T 2")
    return vm.run("ip -4 -o address show dev eth0 | sed 's/.*inet \\([0-9.]*\\).*/\\1/'").strip()


def run(kernel_name: str, driver: str) -> int:
    _need_person("make vm")
    kernel = kernels.get(kernel_name)
    vm = VM(kernel, layers.usual(kernel, driver), [Nic(Slirp())], name="shell")
    return _session(vm, lambda: f"{kernel.release}, eth0 has {bring_up(vm)}")


def run_vmhost(kernel_name: str, system: str) -> int:
    """The same with Debian's open-vm-tools, on an emulated VMware host."""
    _need_person("make vmhost")
    kernel = kernels.get(kernel_name)
    with VmHost({"memory": openvmtools.MEMORY}) as host:
        vm = VM(kernel, openvmtools.guest_layers(kernel), [Nic(Slirp(), "virtio-net-pci")], name="vmhost",
                **openvmtools.config(openvmtools.disk(system), host))  # fmt: skip

        def greet() -> str:
            vm.run("ip link set eth0 up; ip address add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2")
            return (f"The host's end of this guest, from another terminal:\r\n\r\n"
                    f"    export VMHOST={host.socket}\r\n"
                    f"    tests/emul/vmhostctl $VMHOST state tools\r\n"
                    f"    tests/emul/vmhostctl $VMHOST balloon 128\r\n"
                    f"    tests/emul/vmhostctl $VMHOST power shutdown\r\n\r\n"
                    f"What else there is: Documentation/emulated-host.md")  # fmt: skip

        return _session(vm, greet)


def _need_person(command: str) -> None:
    if not sys.stdin.isatty():
        raise LabError(f"{command} is for a person at a terminal; for programs there is lab.vm.VM")


def _session(vm: VM, greet: Callable[[], str]) -> int:
    """Boots the guest before the person's eyes, and hands its console to them."""
    with vm:
        vm.start()
        vm.echo_console(sys.stdout.buffer)
        vm.await_agent()
        print(f"\r\n{greet()}\r\nctrl-] or poweroff to leave\r\n", flush=True)
        columns, rows = shutil.get_terminal_size()
        vm.spawn(f"stty rows {rows} cols {columns} sane </dev/ttyS0; "
                 f"TERM={os.environ.get('TERM', 'vt100')} setsid -c sh -il "
                 "</dev/ttyS0 >/dev/ttyS0 2>&1; poweroff -f")  # fmt: skip
        with _raw_terminal():
            _relay(vm)
    print("\r")
    return 0


def _relay(vm: VM) -> None:
    """Keys to the guest until it ends or ctrl-] is pressed; the console echoes by itself."""
    while vm.running:
        if select.select([sys.stdin], [], [], 0.2)[0]:
            keys = os.read(sys.stdin.fileno(), 1024)
            if not keys or LEAVE in keys:
                return
            vm.type(keys.decode("utf-8", "replace"))


@contextmanager
def _raw_terminal() -> Iterator[None]:
    before = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
