# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The guest of the network benchmark: three NICs, one of them driven at a time.

The vmxnet3 NIC serves two drivers, ours and the kernel's, which are swapped in the running guest.
All that runs is on one CPU: the workload, the NIC's interrupts, the packet generator. Else the
scheduler's choices would be measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from emul.vmcount.host import Counter, Record, guest_program, marker_tool
from lab import LabError, kernels, layers, net, vm

from ..machine import APPEND, CPU, DEADLINE_SECONDS, PROGRAMS, Machine
from ..verdicts import IN_TREE, OURS
from .freed import Freed
from .peer import Peer
from .workloads import Workload


@dataclass(frozen=True)
class Driver:
    """A driver to measure: `modules` are those whose instructions are the driver's."""

    name: str
    nic: str
    load: str
    modules: tuple[str, ...]


DRIVERS = {
    driver.name: driver for driver in (
        Driver(IN_TREE, "vmxnet3", "insmod $(find /lib/modules -path '*/kernel/*/vmxnet3.ko')",
               ("vmxnet3",)),
        Driver(OURS, "vmxnet3", "insmod $(find /lib/modules -path '*/updates/vmxnet3.ko')",
               ("vmxnet3",)),
        Driver("virtio-net", "virtio-net-pci", "modprobe virtio_pci && modprobe virtio_net",
               ("virtio_net", "virtio_ring", "virtio_pci", "virtio_pci_modern_dev")),
        Driver("e1000e", "e1000e", "modprobe e1000e", ("e1000e",)),
    )
}

# With USO the card would get a burst as one frame, which is another workload.
PROPERTIES = {"virtio-net-pci": "guest_uso4=off,guest_uso6=off,romfile=", "e1000e": "romfile=",
              "vmxnet3": "romfile="}


@dataclass(frozen=True)
class Link:
    """One NIC and the tap it is plugged into."""

    index: int
    tap: net.Tap

    @property
    def host(self) -> str:
        return f"192.168.{self.index + 1}.1"

    @property
    def guest(self) -> str:
        return f"192.168.{self.index + 1}.2"

    @property
    def mac(self) -> str:
        return f"52:54:00:00:01:{self.index + 1:02x}"

    @property
    def host_mac(self) -> str:
        return f"52:54:00:00:02:{self.index + 1:02x}"

    def frames_from_guest(self) -> int:
        for line in Path("/proc/net/dev").read_text().splitlines():
            if line.strip().startswith(f"{self.tap.name}:"):
                return int(line.split()[2])
        raise LabError(f"{self.tap.name} is gone")


class Guest(Machine):
    """A booted guest with one driver at a time; a context manager."""

    def __init__(self, kernel: kernels.Kernel, drivers: Sequence[Driver], counter: Counter) -> None:
        self._kernel = kernel
        self._drivers = drivers
        self._counter = counter
        self._taps = ExitStack()
        self._links: dict[str, Link] = {}
        self._device = ""
        self._irqs: list[str] = []

    def __enter__(self) -> Guest:
        nics = []
        for index, model in enumerate(dict.fromkeys(driver.nic for driver in self._drivers)):
            link = Link(index, net.Tap(f"bench{index}"))
            link.tap.addresses = [f"{link.host}/24"]
            self._taps.enter_context(link.tap)
            # Nothing but the workload on the wire: no discovery of neighbours, no IPv6.
            net.sysctl(f"net.ipv6.conf.{link.tap.name}.disable_ipv6", "1")
            net.ip("link", "set", link.tap.name, "address", link.host_mac)
            net.ip("neigh", "replace", link.guest, "lladdr", link.mac, "dev", link.tap.name,
                   "nud", "permanent")
            self._links[model] = link
            nics.append(net.Nic(link.tap, model, link.mac, PROPERTIES[model]))
        self._vm = vm.VM(self._kernel, self._layers(), nics, append=APPEND,
                         plugin=self._counter.option, name="bench")
        self._vm.boot(timeout=DEADLINE_SECONDS)
        self._run("sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 "
                  "net.ipv6.conf.default.disable_ipv6=1; modprobe pktgen; vmcount count")
        return self

    def __exit__(self, *_: object) -> None:
        self._vm.kill()
        self._taps.close()

    def _layers(self) -> list[Path]:
        needed = [layers.base(), layers.kernel(self._kernel)]
        if any(driver.name == OURS for driver in self._drivers):
            needed.append(layers.ours(self._kernel))
        programs = {"usr/bin/netload": guest_program(PROGRAMS / "netload.c", PROGRAMS / "load.h"),
                    "usr/bin/vmcount": marker_tool()}
        return [*needed, layers.files(programs)]

    def drive(self, driver: Driver) -> None:
        """Makes `driver` the only one that is loaded, and its NIC ready for work."""
        every = [module for known in DRIVERS.values() for module in known.modules]
        self._run(f"for m in {' '.join(every)}; do rmmod $m; done 2>/dev/null; {driver.load}")
        link = self._links[driver.nic]
        self._device = self._run(
            f"cd /sys/class/net; grep -l {link.mac} */address | cut -d/ -f1").strip()
        if not self._device:
            raise LabError(f"{driver.name} does not drive its NIC\n{self._vm.tail()}")
        self._run(
            f"d={self._device}; ip address add {link.guest}/24 dev $d; ip link set $d up; "
            f"ip neigh replace {link.host} lladdr {link.host_mac} dev $d nud permanent; "
            "until [ $(cat /sys/class/net/$d/carrier) = 1 ]; do sleep 0.1; done")
        self._irqs = self._run(
            f"cd /sys/class/net/{self._device}/device; ls msi_irqs ../msi_irqs 2>/dev/null "
            "| grep '^[0-9]' | while read i; do "
            f"[ -d /proc/irq/$i ] && echo {1 << CPU:x} >/proc/irq/$i/smp_affinity; echo $i; done"
        ).split()
        self.name_ranges(driver.modules)

    def can(self, driver: Driver, workload: Workload) -> bool:
        return True

    def measure(self, driver: Driver, workload: Workload) -> Record:
        """Does the work once; the record has the interrupts of the NIC as `device_interrupts`."""
        link = self._links[driver.nic]
        if workload.pktgen:
            self._configure_pktgen(link, workload.pktgen)
        before = link.frames_from_guest()
        with workload.peer(link.host) as peer:
            self._counter.on_note = lambda _: peer.go()
            arguments = workload.arguments.format(host=link.host)
            said = self._run(f"netload {CPU} {','.join(self._irqs)} {arguments}")
        seen = link.frames_from_guest() - before
        if seen < workload.sends:
            raise LabError(f"{workload.name} with {driver.name}: only {seen} frames left the guest")
        record = self._counter.record()
        record["device_interrupts"] = int(said.split()[-1])
        return record

    def freed(self, driver: Driver) -> Freed:
        link = self._links[driver.nic]
        with Peer(link.host):
            said = self._run(f"netload {CPU} 0 freed {link.host} 1400 100")
        return Freed(*(int(word) / 1000 for word in said.split()))

    def _configure_pktgen(self, link: Link, settings: str) -> None:
        """Sets the generator up, and lets it run once to warm up."""
        lines = [f"add_device {self._device}", f"dst {link.host}", f"dst_mac {link.host_mac}",
                 f"src_min {link.guest}", f"src_max {link.guest}", *settings.split(";")]
        thread = f"/proc/net/pktgen/kpktgend_{CPU}"
        commands = [f"echo rem_device_all >{thread}"]
        for line in lines:
            file = thread if line.startswith("add") else f"/proc/net/pktgen/{self._device}"
            commands.append(f"echo '{line}' >{file}")
        self._run(" && ".join([*commands, "echo start >/proc/net/pktgen/pgctrl"]))
