# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Networks for guests: what a NIC is plugged into, and a look at what passes there.

Backends are `Tap` (the host's kernel is the peer; carries checksum and segmentation requests by
virtio-net headers), `Bridge` (joins the taps of two guests) and `Slirp` (DHCP, DNS and TCP to the
host's loopback without any privilege).
All but the last need `isolate()`: a network namespace of our own, which needs no root.
`capture.py` listens; the NIC models are QEMU's.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from . import LabError
from .capture import Capture, Frame, send

_ISOLATED = "VMGUEST_LAB_ISOLATED"
TUN = "/dev/net/tun"


def isolate() -> None:
    """Starts this very process again in a user and network namespace of its own, once."""
    if isolated():
        return
    os.environ[_ISOLATED] = str(os.getpid())
    os.execvp("unshare", ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh",
                          *sys.orig_argv])  # fmt: skip


def isolated() -> bool:
    """The process keeps its number across the exec calls, so a child of it is told apart."""
    return os.environ.get(_ISOLATED) == str(os.getpid())


class Backend(Protocol):
    """Something that a NIC can be plugged into."""

    def netdev(self, name: str) -> str:
        """The value of QEMU's -netdev option."""

    def fds(self) -> list[int]:
        """File descriptors that QEMU inherits."""


@dataclass(frozen=True)
class Nic:
    """A network card of a guest. `props` are further properties of QEMU's device model."""

    backend: Backend
    model: str = "vmxnet3"
    mac: str | None = None
    props: str = ""

    def args(self, index: int) -> list[str]:
        name = f"net{index}"
        device = [self.model, f"id=nic{index}", f"netdev={name}",
                  f"mac={self.mac or f'52:54:00:00:00:{index + 1:02x}'}"]  # fmt: skip
        if self.props:
            device.append(self.props)
        return ["-netdev", self.backend.netdev(name), "-device", ",".join(device)]

    def fds(self) -> list[int]:
        return self.backend.fds()


@dataclass
class Slirp:
    """QEMU's user-mode network; `forward` is for example "tcp:127.0.0.1:2222-:22"."""

    forward: Sequence[str] = ()

    def netdev(self, name: str) -> str:
        return ",".join(["user", f"id={name}", *(f"hostfwd={rule}" for rule in self.forward)])

    def fds(self) -> list[int]:
        return []


@dataclass
class Tap:
    """A tap device of the host; a context manager. With `vnet_hdr` the host's kernel passes frames
    without checksum and larger than the MTU, as a good physical card does; without it QEMU
    completes and cuts them, and the host sees what a plain wire would carry.
    """

    name: str
    vnet_hdr: bool = True
    queues: int = 1
    addresses: Sequence[str] = ()
    mtu: int = 1500

    def __enter__(self) -> Tap:
        _need_tun()
        words = ["tuntap", "add", "dev", self.name, "mode", "tap"]
        words += ["vnet_hdr"] if self.vnet_hdr else []
        words += ["multi_queue"] if self.queues > 1 else []
        ip(*words)
        # Nobody on this wire but the test: no neighbour discovery of the host's own accord.
        sysctl(f"net.ipv6.conf.{self.name}.router_solicitations", "0")
        sysctl(f"net.ipv6.conf.{self.name}.accept_dad", "0")
        ip("link", "set", self.name, "mtu", str(self.mtu), "up")
        for address in self.addresses:
            ip("address", "add", address, "dev", self.name)
        return self

    def __exit__(self, *_: object) -> None:
        ip("link", "delete", self.name)

    def netdev(self, name: str) -> str:
        options = ["tap", f"id={name}", f"ifname={self.name}", "script=no", "downscript=no",
                   f"vnet_hdr={'on' if self.vnet_hdr else 'off'}"]  # fmt: skip
        if self.queues > 1:
            options.append(f"queues={self.queues}")
        return ",".join(options)

    def fds(self) -> list[int]:
        return []

    @property
    def mac(self) -> str:
        # Not from /sys, which shows the namespace that it was mounted in.
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as s:
            s.bind((self.name, 0))
            return s.getsockname()[4].hex(":")

    def capture(self) -> Capture:
        return Capture(self.name)

    def send(self, frame: bytes, **vnet: int) -> None:
        """Sends a raw frame to the guest; `vnet` as in capture.send()."""
        send(self.name, frame, **vnet)

    def forget_neighbours(self) -> None:
        """Makes the host ask anew which MAC address has an IP address."""
        ip("neighbour", "flush", "dev", self.name)

    def set_mtu(self, mtu: int) -> None:
        ip("link", "set", self.name, "mtu", str(mtu))


@dataclass
class Bridge:
    """Joins ports (taps) as a switch does; a context manager, its ports are entered before it."""

    name: str
    ports: Sequence[Tap]

    def __enter__(self) -> Bridge:
        # No learning of multicast groups: what a card filters is for the card to show.
        ip("link", "add", self.name, "type", "bridge", "mcast_snooping", "0")
        for port in self.ports:
            ip("link", "set", port.name, "master", self.name)
        ip("link", "set", self.name, "up")
        return self

    def __exit__(self, *_: object) -> None:
        ip("link", "delete", self.name)


def ip(*words: str) -> None:
    """Runs iproute2 on the host's side, in our own namespace."""
    if not isolated():
        raise LabError("this network needs a namespace of its own: call lab.net.isolate() first")
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def sysctl(name: str, value: str) -> None:
    with open("/proc/sys/" + name.replace(".", "/"), "w", encoding="ascii") as f:
        f.write(value)


def _need_tun() -> None:
    if not os.access(TUN, os.R_OK | os.W_OK):
        raise LabError(f"{TUN} is missing or not yours to open; as root: modprobe tun; "
                       f"chmod 666 {TUN}")  # fmt: skip


__all__ = ["Backend", "Bridge", "Capture", "Frame", "Nic", "Slirp", "Tap", "isolate"]
