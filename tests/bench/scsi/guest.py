# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The guest of the disk benchmark: adapters of each kind, one of them driven at a time.

The PVSCSI adapter serves two drivers, ours and the kernel's, which are swapped in the running guest.
All that runs is on one CPU: the workload and the adapter's interrupts. Else the scheduler's choices
would be measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emul.vmcount.host import Counter, Record, guest_program, marker_tool
from lab import LabError, disks, kernels, layers, vm
from lab.disks import Adapter, Disk

from ..machine import APPEND, CPU, DEADLINE_SECONDS, PROGRAMS, Machine
from ..verdicts import IN_TREE, OURS
from .workloads import DISKS, Workload

MIB = 1024


@dataclass(frozen=True)
class Driver:
    """A driver to measure: `modules` are those whose instructions are the driver's."""

    name: str
    model: str
    load: str
    modules: tuple[str, ...]


POLLED = "ours-polled"


def _insmod(where: str) -> str:
    return f"insmod $(find /lib/modules -path '*/{where}/*vmw_pvscsi.ko')"


# Ours with parameters, for Documentation/admin/pvscsi.md.
TUNED = {f"ours-{name}": parameters for name, parameters in (
    ("depth-8", "cmd_per_lun=8"), ("depth-32", "cmd_per_lun=32"), ("depth-128", "cmd_per_lun=128"),
    ("ring-1", "ring_pages=1"), ("ring-8", "ring_pages=8"))}  # fmt: skip

DRIVERS = {
    driver.name: driver for driver in (
        Driver(IN_TREE, "pvscsi", _insmod("kernel"), ("vmw_pvscsi",)),
        Driver(OURS, "pvscsi", _insmod("updates"), ("vmw_pvscsi",)),
        Driver(POLLED, "pvscsi", _insmod("updates") + " poll_queues=1", ("vmw_pvscsi",)),
        Driver("virtio-scsi", "virtio-scsi-pci", "modprobe virtio_pci && modprobe virtio_scsi",
               ("virtio_scsi", "virtio_ring", "virtio_pci", "virtio_pci_modern_dev")),
        Driver("virtio-blk", "virtio-blk-pci", "modprobe virtio_pci && modprobe virtio_blk",
               ("virtio_blk", "virtio_ring", "virtio_pci", "virtio_pci_modern_dev")),
        Driver("nvme", "nvme", "modprobe nvme", ("nvme", "nvme_core")),
        *(Driver(name, "pvscsi", f"{_insmod('updates')} {parameters}", ("vmw_pvscsi",))
          for name, parameters in TUNED.items()),
    )
}

# Disks without an adapter: each is a device of its own.
_ALONE = ("virtio-blk-pci", "nvme")


class Guest(Machine):
    """A booted guest with one driver at a time; a context manager."""

    def __init__(self, kernel: kernels.Kernel, drivers: Sequence[Driver], counter: Counter) -> None:
        self._kernel = kernel
        self._drivers = drivers
        self._counter = counter
        self._disks: dict[str, str] = {}
        self._irqs: list[str] = []

    def __enter__(self) -> Guest:
        extra: list[str] = []
        for model in dict.fromkeys(driver.model for driver in self._drivers):
            extra += _args(model)
        self._vm = vm.VM(self._kernel, self._layers(), append=APPEND, extra=extra,
                         plugin=self._counter.option, name="bench")
        self._vm.boot(timeout=DEADLINE_SECONDS)
        self._run("modprobe sd_mod; vmcount count")
        return self

    def __exit__(self, *_: object) -> None:
        self._vm.kill()

    def _layers(self):
        needed = [layers.base(), layers.kernel(self._kernel, layers.SCSI_MODULES)]
        if any(driver.name.startswith(OURS) for driver in self._drivers):
            needed.append(layers.ours(self._kernel))
        program = guest_program(PROGRAMS / "diskload.c", PROGRAMS / "load.h")
        programs = {"usr/bin/diskload": program, "usr/bin/vmcount": marker_tool()}
        return [*needed, layers.files(programs)]

    def drive(self, driver: Driver) -> None:
        """Makes `driver` the only one that is loaded, and its disks ready for work."""
        every = [module for known in DRIVERS.values() for module in known.modules]
        self._run(f"for m in {' '.join(every)}; do rmmod $m; done 2>/dev/null; {driver.load}")
        wanted = len(DISKS)
        found = self._run(
            f"cd /sys/block; until [ $(ls -d sd* vd* nvme*n* 2>/dev/null | wc -l) = {wanted} ]; do "
            "usleep 20000; done; for d in sd* vd* nvme*n*; do [ ! -e $d ] || "
            "{ echo none >$d/queue/scheduler; echo 2 >$d/queue/nomerges; echo $d $(cat $d/size); }; "
            "done").split()
        # They are told apart by their sizes.
        sizes = {_mib(name) << 11: name for name in DISKS}
        self._disks = {sizes[int(size)]: name for name, size in zip(found[::2], found[1::2])}
        if len(self._disks) != wanted:
            raise LabError(f"{driver.name} does not drive its disks: {found}\n{self._vm.tail()}")
        self._irqs = self._run(
            f"cd /sys/block/{found[0]}; p=$(readlink -f device); while [ ! -e $p/msi_irqs ]; do "
            "p=${p%/*}; [ $p ] || exit 1; done; ls $p/msi_irqs; "
            f"p=$(readlink -f /sys/block/{found[2]}/device); while [ ! -e $p/msi_irqs ]; do "
            "p=${p%/*}; done; ls $p/msi_irqs").split()
        self._irqs = list(dict.fromkeys(self._irqs))
        for irq in self._irqs:
            # An interrupt that is managed by the kernel refuses, and is where its queue is.
            self._run(f"echo {1 << CPU:x} >/proc/irq/{irq}/smp_affinity 2>/dev/null || true")
        self.name_ranges(driver.modules)

    def can(self, driver: Driver, workload: Workload) -> bool:
        """Only ours is measured with polling, which 5.10 does not know of."""
        polled = driver.name == POLLED
        return workload.poll == polled and not (polled and self._kernel.name == "5.10")

    def measure(self, driver: Driver, workload: Workload) -> Record:
        """Does the work once; the record has interrupts of the device and commands to it besides."""
        disk = self._disks[workload.disk]
        stat = f"/sys/block/{disk}/stat"
        said = self._run(f"awk '{{ print $1 + $5 }}' {stat}; "
                         f"diskload {CPU} {','.join(self._irqs)} /dev/{disk} {workload.arguments}; "
                         f"awk '{{ print $1 + $5 }}' {stat}").split()  # fmt: skip
        before, interrupts, after = map(int, said)
        record = self._counter.record()
        record["device_interrupts"] = interrupts
        # The warm-up is a quarter on top.
        record["commands"] = (after - before) * 4 / 5
        return record


def _mib(disk: str) -> int:
    return MIB + list(DISKS).index(disk)


def _args(model: str) -> list[str]:
    every = [Disk(index, disks.null(_mib(name), latency)) for index, (name, latency)
             in enumerate(DISKS.items())]  # fmt: skip
    return Adapter(every, model, name=model.split("-pci")[0], alone=model in _ALONE).args()
