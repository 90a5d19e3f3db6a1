# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""`make demo`: our drivers in the distribution's kernel, carrying real data, for a newcomer.

It builds and boots, gets an address by DHCP, moves 64 MiB by TCP each way and 64 MiB to a disk and,
after a restart of the machine, back, with checksums compared, and shows a table. Then it boots a system
with vmguestd and shows what its host sees. The network is QEMU's user-mode one, which needs no privilege.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from . import LabError, cache, demo_disk, demo_tools, kernels, layers, progress, qemu, traffic, vmguestd
from .net import Nic, Slirp
from .shell import bring_up
from .vm import VM

SIZE = 64 << 20
GUEST_PORT = 5000
TRANSFER = ("nettool", "-c", "-t", 30, "-s", 65000)

# ethtool -k's names of what makes a NIC cheap to drive.
OFFLOADS = {
    "rx-checksumming": "rx checksum",
    "tx-checksumming": "tx checksum",
    "scatter-gather": "scatter-gather",
    "tcp-segmentation-offload": "TSO",
    "large-receive-offload": "LRO",
    "rx-gro-hw": "GRO in hardware",
    "generic-receive-offload": "GRO",
    "tx-vlan-offload": "VLAN insert",
    "rx-vlan-offload": "VLAN strip",
    "rx-vlan-filter": "VLAN filter",
    "receive-hashing": "RSS hash",
}


@dataclass(frozen=True)
class Counters:
    """What has passed the card so far, and what it has cost."""

    tx: int
    rx: int
    doorbells: int | None  # the in-tree driver does not count them
    interrupts: int


@dataclass(frozen=True)
class Transfer:
    direction: str
    crc: str
    seconds: float
    before: Counters
    after: Counters

    def cells(self) -> tuple[str, ...]:
        tx = self.after.tx - self.before.tx
        rx = self.after.rx - self.before.rx
        doorbells = "not counted"
        if self.before.doorbells is not None and self.after.doorbells is not None:
            doorbells = f"{(self.after.doorbells - self.before.doorbells) / max(tx, 1):.3f}"
        interrupts = (self.after.interrupts - self.before.interrupts) / max(tx + rx, 1)
        return (f"{SIZE / self.seconds / 1e6:.0f} MB/s", f"{tx} sent, {rx} received", doorbells,
                f"{interrupts:.3f}", f"{self.crc}, equal")  # fmt: skip


ROWS = ("throughput", "packets", "doorbells per packet sent", "interrupts per packet", "CRC-32")
WIDTH = max(map(len, (*ROWS, *demo_disk.ROWS, *demo_tools.ROWS, demo_tools.RESTART)))


def run(kernel_name: str, driver: str) -> int:
    logs = cache.root() / "results" / "demo"
    logs.mkdir(parents=True, exist_ok=True)
    try:
        with progress.step(f"Linux {kernel_name}, QEMU and our modules"):
            kernel = kernels.get(kernel_name)
            qemu.binary()
            parts = layers.demo(kernel, driver)
            vmguestd.disk()
        port = _free_port()
        forward = f"tcp:127.0.0.1:{port}-:{GUEST_PORT}"
        adapter = demo_disk.adapter(logs)
        with VM(kernel, parts, [Nic(Slirp([forward]))], name="demo", logs=logs,
                extra=adapter.args()) as vm:  # fmt: skip
            with progress.step(f"boot {kernel.release} with a vmxnet3 card and a PVSCSI disk"):
                vm.boot()
            with progress.step("load the driver, ask for an address by DHCP"):
                address = bring_up(vm)
            with progress.step(f"{SIZE >> 20} MiB from the guest ({address}) to the host"):
                out = _to_host(vm)
            with progress.step(f"{SIZE >> 20} MiB from the host to the guest"):
                back = _to_guest(vm, port)
            with progress.step("load the disk's driver, make a file system, write "
                               f"{demo_disk.MIB} MiB"):
                _load_disk(vm)
                written = demo_disk.write(vm)
            described = _describe(vm)
            with progress.step("restart the machine, read and compare"):
                vm.reset()
                _load_disk(vm)
                read = demo_disk.read(vm, written)
            _print(described)
            _table(ROWS, [out, back])
            _table(demo_disk.ROWS, [written, read])
            print(flush=True)
            with progress.step("switch the guest off"):
                vm.powerdown()
        demo_tools.show(kernel, driver, logs, _print_more)
    except LabError as error:
        story, _, rest = str(error).partition("\n")
        for line in rest.splitlines():
            progress.say(f"  | {line}")
        raise LabError(f"the demo stopped: {story.rstrip(':')} (logs in {logs}; "
                       f"`make vm KERNEL={kernel_name}` gives a shell in such a guest)") from error
    return 0


def _to_host(vm: VM) -> Transfer:
    port = _free_port()
    before = _counters(vm)
    sink = traffic.host(*TRANSFER, "tcp-recv", "127.0.0.1", port)
    source = traffic.guest(vm, *TRANSFER, "tcp-send", "10.0.2.2", port, SIZE)
    return _compare("guest to host", source, sink, before, vm)


def _to_guest(vm: VM, port: int) -> Transfer:
    before = _counters(vm)
    sink = traffic.guest(vm, *TRANSFER, "tcp-recv", "0.0.0.0", GUEST_PORT)
    source = traffic.host(*TRANSFER, "tcp-send", "127.0.0.1", port, SIZE)
    return _compare("host to guest", source, sink, before, vm)


def _compare(direction: str, source: traffic.Running, sink: traffic.Running, before: Counters,
             vm: VM) -> Transfer:  # fmt: skip
    received = sink.result(timeout=300)
    sent = source.result(timeout=300)
    if received["crc"] != sent["crc"] or int(received["bytes"]) != SIZE:
        raise LabError(f"{direction}: sent {sent}, but received {received}")
    return Transfer(direction, sent["crc"], float(received["seconds"]), before, _counters(vm))


def _counters(vm: VM) -> Counters:
    tx, rx = (int(vm.run(f"cat /sys/class/net/eth0/statistics/{way}_packets"))
              for way in ("tx", "rx"))  # fmt: skip
    doorbells = re.search(r"^ *tx_doorbells: (\d+)", vm.run("ethtool -S eth0"), re.MULTILINE)
    interrupts = 0
    for line in vm.run("grep eth0 /proc/interrupts").splitlines():
        interrupts += sum(int(word) for word in line.split()[1:] if word.isdigit())
    return Counters(tx, rx, int(doorbells.group(1)) if doorbells else None, interrupts)


def _load_disk(vm: VM) -> None:
    vm.run("modprobe -a sd_mod ext4 vmw_pvscsi; "
           # Its name is there a moment before it can be opened.
           "until dd if=$(echo /dev/sd?) of=/dev/null bs=1 count=1 2>/dev/null; do usleep 20000; done")


def _describe(vm: VM) -> list[tuple[str, str]]:
    link = _fields(vm.run("ethtool eth0"))
    features = _fields(vm.run("ethtool -k eth0"))
    used = [text for name, text in OFFLOADS.items() if features.get(name, "").startswith("on")]
    up = "up" if link.get("Link detected") == "yes" else "down"
    drivers = [f"{name} {vm.run(f'cat /sys/module/{name}/version').strip()}"
               for name in ("vmxnet3", "vmw_pvscsi")]  # fmt: skip
    model = vm.run("cat /sys/block/sd?/device/model")
    depth = vm.run("cat /sys/block/sd?/device/queue_depth").strip()
    return [
        ("drivers", ", ".join(drivers)),
        ("kernel", vm.run("uname -r").strip()),
        ("link", f"{up}, {link.get('Speed', '?')}, {link.get('Duplex', '?').lower()} duplex"),
        ("offloads in use", ", ".join(used[:6]) + ("," if used[6:] else "")),
        *([("", ", ".join(used[6:]))] if used[6:] else []),
        ("disk", f"{' '.join(model.split())}, queue depth {depth}"),
    ]


def _print(lines: list[tuple[str, str]]) -> None:
    print()
    for name, text in lines:
        print(f"  {name:{WIDTH}}  {text}")


def _print_more(lines: list[tuple[str, str]]) -> None:
    _print(lines)
    print(flush=True)


def _table(rows: Sequence[str], transfers: Sequence[Transfer | demo_disk.Transfer]) -> None:
    print(f"\n  {'':{WIDTH}}  " + "".join(f"{t.direction:32}" for t in transfers).rstrip())
    for name, cells in zip(rows, zip(*(t.cells() for t in transfers), strict=True), strict=True):
        print(f"  {name:{WIDTH}}  " + "".join(f"{cell:32}" for cell in cells).rstrip())


def _fields(text: str) -> dict[str, str]:
    """name: value, a line each."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]
