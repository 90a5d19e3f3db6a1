# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Traffic that goes on while a test changes something under it.

`Streams` keeps a TCP connection each way busy during a `with` block and checks at its end that
every byte of both arrived, in order and right. `Flood` sends frames each way that nobody waits for,
whatever becomes of the guest. What passes on the wire is for captures to look at.
"""

from __future__ import annotations

import threading

from lab import kernels, traffic
from lab.vm import Job

from . import packets
from .port import Port

SILENCE = 60  # seconds; longer than any pause a test makes
# A guest with checkers that gets all that it can take does little else: bytes a second of a stream,
# and seconds between two frames of a flood.
PACE = {kernels.DEBUG: 1 << 20}
GAP = {kernels.DEBUG: 0.001}
ENDLESS = 1 << 50


class Streams:
    """A checked TCP stream each way, open for as long as the `with` block."""

    def __init__(self, port: Port, service: int = 5001) -> None:
        self._port = port
        self._service = service

    def __enter__(self) -> Streams:
        vm, port, service = self._port.vm, self._port, self._service
        common = ("-t", SILENCE, "-s", 32768)
        recv = (*common, "tcp-recv")
        pace = PACE.get(vm.kernel.name)
        send = (*common, *(("-r", pace) if pace else ()), "tcp-send")
        self._sinks = [
            traffic.host("nettool", *recv, port.host4, service),
            traffic.guest(vm, "nettool", *recv, port.guest4, service),
        ]
        self._sources = [
            traffic.guest(vm, "nettool", *send, port.host4, service, ENDLESS),
            traffic.host("nettool", *send, port.guest4, service, ENDLESS),
        ]
        for sink in self._sinks:
            sink.connected()
        return self

    def flow(self, amount: int = 1 << 18) -> None:
        """Waits until that many bytes more went each way."""
        at = f"/sys/class/net/{self._port.name}/statistics"
        self._port.vm.run(
            f"cd {at}; rx=$(($(cat rx_bytes) + {amount})); tx=$(($(cat tx_bytes) + {amount}))\n"
            'until [ "$(cat rx_bytes)" -ge $rx ] && [ "$(cat tx_bytes)" -ge $tx ]; do\n'
            "usleep 10000; done", timeout=SILENCE)  # fmt: skip

    def __exit__(self, kind: object, *_: object) -> None:
        for source in self._sources:
            source.stop()
        if kind:
            return
        for sink in self._sinks:
            seen = sink.result()
            assert seen["wrong_at"] == "-1"
            assert seen["closed"] == "1"
            assert int(seen["bytes"]) > 0


class Flood:
    """Frames each way during a `with` block."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._stop = threading.Event()
        self._sender = threading.Thread(target=self._send, daemon=True)
        self._job: Job | None = None

    def __enter__(self) -> Flood:
        port = self._port
        guests, hosts = port.mac, port.tap.mac
        self._frame = packets.raw(guests, hosts, 1000)
        out = packets.raw(hosts, guests, 200).hex()
        counter = f"/sys/class/net/{port.name}/statistics/tx_packets"
        before = port.vm.run(f"cat {counter}").strip()
        self._job = port.vm.spawn(f"lab-frames send {port.name} 1000000000 {out}")
        self._sender.start()
        port.vm.run(f"until [ $(cat {counter}) -gt $(({before} + 100)) ]; do usleep 10000; done")
        return self

    def forget_guest(self) -> None:
        """The guest has ended, and its sender with it."""
        self._job = None

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._sender.join()
        if self._job:
            self._port.vm.stop(self._job)

    def _send(self) -> None:
        gap = GAP.get(self._port.vm.kernel.name, 0)
        while not self._stop.wait(gap):
            self._port.tap.send(self._frame)
