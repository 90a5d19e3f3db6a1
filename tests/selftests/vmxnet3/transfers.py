# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Bytes and messages of a known number between the host and a port, checked by the receiver.

Transfers are started together and then awaited, so that one capture sees what they did. The
programs are the lab's (traffic.py). Streams without an end, to change something under, are in
streams.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from lab import traffic
from lab.capture import Frame
from lab.traffic import Running

from .port import Port

_numbers = itertools.count(10000)


@dataclass(frozen=True)
class Transfer:
    """A transfer on its way."""

    sender: Running
    sink: Running
    total: int

    def finish(self) -> None:
        """Everything sent has come, and is right."""
        self.sender.result()
        found = self.sink.result()
        assert int(found.get("bytes") or found["right"]) == self.total, found


def start(port: Port, kind: str, total: int, *, to_guest: bool, ipv6: bool = False, size: int = 0,
          options: tuple[str, ...] = ()) -> Transfer:  # fmt: skip
    """Begins a transfer: of `total` bytes if `kind` is tcp, of as many messages if it is udp.

    `size` is that of a write or message; `options` go to the sender.
    """
    number = next(_numbers)
    host, guest = (port.host6, port.guest6) if ipv6 else (port.host4, port.guest4)
    address = guest if to_guest else host
    sized = ("-s", size) if size else ()
    at_sender = (*sized, *options, f"{kind}-send", address, number, total)
    if kind == "udp":
        at_sink = (*sized, "udp-recv", address, number, total)
    else:
        at_sink = ("tcp-recv", address, number)
    if to_guest:
        sink = traffic.guest(port.vm, "nettool", *at_sink)
        return Transfer(traffic.host("nettool", *at_sender), sink, total)
    sink = traffic.host("nettool", *at_sink)
    return Transfer(traffic.guest(port.vm, "nettool", *at_sender), sink, total)


def run(port: Port, kind: str, total: int, **how: object) -> None:
    start(port, kind, total, **how).finish()


def run_mix(port: Port, *, to_guest: bool) -> None:
    """TCP, UDP in one frame and UDP in fragments, of both families, side by side."""
    started = [
        start(port, kind, total, to_guest=to_guest, ipv6=ipv6, size=size)
        for ipv6 in (False, True)
        for kind, total, size in (("tcp", 200_000, 16384), ("udp", 50, 1000), ("udp", 10, 4000))
    ]
    for transfer in started:
        transfer.finish()


def from_guest(frames: list[Frame]) -> Iterator[Frame]:
    """Those of IP that the guest sent."""
    return (frame for frame in frames
            if not frame.outgoing and frame.ethertype in (0x0800, 0x86DD))  # fmt: skip
