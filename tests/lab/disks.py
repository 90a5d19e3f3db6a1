# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Disks for guests: what is behind them, and what they are plugged into.

A `Disk` is a SCSI disk at a target of an `Adapter`; what it stores is a tree of QEMU's block nodes,
made by the functions here: `file` keeps it on the host, `null` nowhere, and `slow`, `stalled` and
`faulty` stand in between and get in the way.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .vm import VM

Node = dict[str, Any]


def file(path: Path, mib: int = 0) -> Node:
    """An image on the host, made if a size is given; what the guest discards is not kept."""
    if mib:
        with path.open("wb") as image:
            image.truncate(mib << 20)
    return {"driver": "raw", "discard": "unmap", "detect-zeroes": "unmap",
            "file": {"driver": "file", "filename": str(path)}}  # fmt: skip


def read_only(node: Node) -> Node:
    return {**node, "read-only": True}


def null(mib: int, latency_us: int = 0) -> Node:
    """Takes everything and reads as zeroes, at once or after a while."""
    return {"driver": "null-co", "size": mib << 20, "read-zeroes": True,
            "latency-ns": latency_us * 1000}  # fmt: skip


def faulty(child: Node, *rules: Node) -> Node:
    """Fails as the rules of QEMU's blkdebug say."""
    return {"driver": "blkdebug", "image": child, "inject-error": list(rules)}


def throttled(child: Node, group: str) -> Node:
    """As fast as the throttle group allows, see `Adapter.throttle()`."""
    return {"driver": "throttle", "throttle-group": group, "file": child}


@dataclass(frozen=True)
class Disk:
    """One disk; `props` are further properties of QEMU's device model."""

    target: int
    node: Node
    model: str = "scsi-hd"
    props: dict[str, Any] = field(default_factory=dict)

    def blockdev(self, adapter: Adapter) -> Node:
        return {"node-name": adapter.name_of(self), **self.node}

    def device(self, adapter: Adapter) -> dict[str, Any]:
        name = adapter.name_of(self)
        if adapter.alone:
            serial = {"serial": name} if adapter.model == "nvme" else {}
            return {"driver": adapter.model, "id": name, "drive": name, **serial, **self.props}
        return {"driver": self.model, "id": name, "drive": name, "bus": f"{adapter.name}.0",
                "scsi-id": self.target, **self.props}  # fmt: skip


@dataclass
class Adapter:
    """A SCSI host adapter with its disks; another `model` is a peer to compare with, and `alone` one
    whose disks are devices of their own.
    """

    disks: Sequence[Disk]
    model: str = "pvscsi"
    name: str = "scsi0"
    props: str = ""
    throttles: Sequence[str] = ()
    alone: bool = False

    def name_of(self, disk: Disk) -> str:
        """What a disk is called in QEMU, as a device and as a node."""
        return f"{self.name}-disk{disk.target}"

    def args(self) -> list[str]:
        """For QEMU's command line."""
        props = f",{self.props}" if self.props else ""
        args = [] if self.alone else ["-device", f"{self.model},id={self.name}{props}"]
        for group in self.throttles:
            args += ["-object", json.dumps({"qom-type": "throttle-group", "id": group})]
        for disk in self.disks:
            args += ["-blockdev", json.dumps(disk.blockdev(self)),
                     "-device", json.dumps(disk.device(self))]  # fmt: skip
        return args

    def plug(self, vm: VM, disk: Disk) -> None:
        """While the guest runs."""
        vm.qmp("blockdev-add", **disk.blockdev(self))
        vm.qmp("device_add", **disk.device(self))

    def unplug(self, vm: VM, disk: Disk) -> None:
        name = self.name_of(disk)
        vm.qmp("device_del", id=name)
        while vm.wait_event("DEVICE_DELETED").get("device") != name:
            pass
        vm.qmp("blockdev-del", node_name=name)

    def throttle(self, vm: VM, group: str, **limits: int) -> None:
        """Sets QEMU's limits of a throttle group, such as `bps_total`; none lets all pass."""
        # What waits already does so until its time has come, whatever the new limits, or until all
        # is drained, which a pause of the guest does.
        value = {"iops-total": 0, "bps-total": 0}
        value |= {name.replace("_", "-"): limit for name, limit in limits.items()}
        vm.qmp("qom-set", path=f"/objects/{group}", property="limits", value=value)
        if not limits:
            vm.qmp("stop")
            vm.qmp("cont")
