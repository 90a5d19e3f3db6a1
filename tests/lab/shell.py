# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""`make vm`: a guest with our modules loaded and its network up, and a shell on its console."""

from __future__ import annotations

import os
import select
import shutil
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from . import LabError, kernels, layers
from .net import Nic, Slirp
from .vm import VM

LEAVE = b"\x1d"  # ctrl-]


def bring_up(vm: VM) -> str:
    """Loads the driver and gets an address by DHCP; returns it."""
    vm.run("modprobe vmxnet3")
    vm.run("udhcpc -i eth0 -q -n -t 8 -T 2")
    return vm.run("ip -4 -o address show dev eth0 | sed 's/.*inet \\([0-9.]*\\).*/\\1/'").strip()


def run(kernel_name: str, driver: str) -> int:
    if not sys.stdin.isatty():
        raise LabError("make vm is for a person at a terminal; for programs there is lab.vm.VM")
    kernel = kernels.get(kernel_name)
    out = sys.stdout.buffer
    with VM(kernel, layers.usual(kernel, driver), [Nic(Slirp())], name="shell") as vm:
        vm.start()
        vm.echo_console(out)
        vm.await_agent()
        print(f"\r\n{kernel.release}, eth0 has {bring_up(vm)}; "
              "ctrl-] or poweroff to leave\r\n", flush=True)  # fmt: skip
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
