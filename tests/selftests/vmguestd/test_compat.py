# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The same commands in the same system with open-vm-tools and with our package in its place: the same
words and the same status, and the same is left with the host. The list is userspace/contract.py, where
tests/userspace compares what needs no machine in a few seconds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab import image, openvmtools, vmguestd
from lab.disks import Adapter, Disk, file
from lab.kernels import Kernel
from lab.net import Nic
from lab.vm import VM
from lab.vmhost import VmHost
from selftests.vmhost.tools import Tools
from userspace import contract
from userspace.contract import Command
from userspace.guest import HERE, Done

from .service import Service

MODULES = ("vmw_pvscsi", "sd_mod")
CONF = b"# written by hand\n[logging]\nlog = true\n"
USER = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


def run(vm: VM, commands: list[Command]) -> list[Done]:
    """All of them, by one command of the lab's."""
    asks = [{"argv": words, "env": {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "UTC"}, "chroot": None, "stdin": ""}
            for words in commands]  # fmt: skip
    vm.put("/run/asks", "".join(json.dumps(ask) + "\n" for ask in asks).encode())
    said = vm.run("python3 -I /run/runner </run/asks", timeout=300).splitlines()
    return [Done(**json.loads(line)) for line in said[1:]]


@dataclass
class Transcript:
    """What each command said, by what it is for."""

    done: dict[str, list[Done]]
    log: list[str]
    addresses: list[tuple[str, set[str]]]


PARTS = {
    "compared": [words for _, commands in contract.COMPARED for words in commands],
    "in guest": contract.IN_GUEST,
    "status": contract.STATUS_IN_GUEST,
    "by users": [[*USER, *words] for words in contract.BY_USERS],
    "different": [words for words, _, _ in contract.DIFFERENT],
    "different by users": [[*USER, *words] for words, _, _ in contract.DIFFERENT_BY_USERS],
}


def record(tools: Tools) -> Transcript:
    vm = tools.vm
    vm.put("/run/runner", (HERE / "run/agent.py").read_bytes())
    vm.put("/etc/vmware-tools/tools.conf", CONF)
    # The original asks it three times a start, which takes most of its time.
    vm.run("[ ! -e /usr/bin/lsb_release ] || mount --bind /dev/null /usr/bin/lsb_release")
    done = {part: run(vm, commands) for part, commands in PARTS.items()}
    done |= record_disks(tools)
    vm.run("systemctl stop open-vm-tools")
    mark = tools.control.mark()
    done["without the service"] = run(vm, contract.IN_GUEST)
    nics = tools.await_event("nics", mark)["value"]["nics"]
    log = [line["text"] for line in tools.state("log")["lines"] if line["text"].startswith(">")]
    return Transcript(done, log, [(nic["mac"], {address["address"] for address in nic["addresses"]}) for nic in nics])


def record_disks(tools: Tools) -> dict[str, list[Done]]:
    """On a host that lets disks be wiped, with one that can be, and with none."""
    tools.control.do("set", **contract.PERMIT_WIPING)
    tools.vm.run(f"mkdir '{contract.WIPEABLE}' && mount /dev/sda '{contract.WIPEABLE}'")
    done = {part: run(tools.vm, commands) for part, commands in (
        ("not wiped", contract.NOT_WIPED), ("wipeable", contract.WIPEABLE_LISTED), ("wiped", contract.WIPED))}
    tools.vm.run(f"umount '{contract.WIPEABLE}'")
    return {**done, "nothing wipeable": run(tools.vm, contract.NOTHING_WIPEABLE)}


@pytest.fixture(scope="session")
def guest_layers(kernel: Kernel) -> list[Path]:
    return vmguestd.guest_layers(kernel, *MODULES)


def with_disk(config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """With a file system at a controller; both guests have it under the same name."""
    empty = folder / "empty"
    empty.mkdir()
    image.write_disk(empty, folder / "disk", 16)
    adapter = Adapter([Disk(0, file(folder / "disk"))])
    return {**config, "extra": [*config["extra"], *adapter.args()]}


@pytest.fixture(scope="module")
def vm_config(vm_config, tmp_path_factory):
    return with_disk(vm_config, tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def theirs(kernel, tap, vm_setup, tmp_path_factory) -> Transcript:
    """Of a guest with open-vm-tools, which is gone when ours starts."""
    with VmHost({"memory": openvmtools.MEMORY}) as host:
        config = with_disk(openvmtools.config(openvmtools.disk("13"), host), tmp_path_factory.mktemp("theirs"))
        vm = VM(kernel, openvmtools.guest_layers(kernel, MODULES), [Nic(tap, "virtio-net-pci")], name="vendor",
                logs=tmp_path_factory.mktemp("vendor"), **config)  # fmt: skip
        vm.boot()
        try:
            vm_setup(vm)
            with host.control() as control:
                tools = Tools(vm, control)
                tools.await_running()
                return record(tools)
        finally:
            vm.kill()


@pytest.fixture(scope="module")
def made() -> list[Transcript]:
    """Of ours: by the first test."""
    return []


@pytest.fixture
def both(theirs, vm, control, made) -> tuple[Transcript, Transcript]:
    if not made:
        service = Service(vm, control)
        service.await_running()
        made.append(record(service))
    return theirs, made[0]


def differences(both, part, commands, fits=contract.equal, start=0):
    theirs, ours = [transcript.done[part][start : start + len(commands)] for transcript in both]
    return [contract.difference(words, a, b) for words, a, b in zip(commands, theirs, ours, strict=True)
            if not fits(a, b)]  # fmt: skip


@pytest.mark.timeout(600)
def test_output_and_exit_codes_are_the_same(both):
    found, start = [], 0
    for fits, commands in contract.COMPARED:
        found += differences(both, "compared", commands, fits, start)
        start += len(commands)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("part, commands, fits", [
    ("in guest", contract.IN_GUEST, contract.equal),
    ("without the service", contract.IN_GUEST, contract.equal),
    ("status", contract.STATUS_IN_GUEST, contract.same_status),
    ("by users", contract.BY_USERS, contract.equal),
    ("not wiped", contract.NOT_WIPED, contract.equal),
    ("wipeable", contract.WIPEABLE_LISTED, contract.equal),
    ("nothing wipeable", contract.NOTHING_WIPEABLE, contract.shorter),
])  # fmt: skip
def test_so_they_are(both, part, commands, fits):
    found = differences(both, part, commands, fits)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("part, expected", [
    ("different", contract.DIFFERENT), ("different by users", contract.DIFFERENT_BY_USERS),
])  # fmt: skip
def test_what_is_meant_to_differ_does(both, part, expected):
    theirs, ours = [transcript.done[part] for transcript in both]
    assert theirs == [done for _, done, _ in expected]
    assert ours == [done for _, _, done in expected]


def test_disks_are_wiped_by_theirs_alone(both):
    theirs, ours = [transcript.done["wiped"] for transcript in both]
    assert [done.status for done in theirs] == [0, 75]  # this host has no "disk.shrink"
    assert ours == [Done(69, "", "")] * 2


def test_the_same_is_left_with_the_host(both):
    theirs, ours = both
    assert theirs.log == ours.log and theirs.log
    assert theirs.addresses == ours.addresses and theirs.addresses
