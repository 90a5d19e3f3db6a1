# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Traffic that goes on while a test changes something under it.

`Streams` keeps a TCP connection each way busy during a `with` block and checks at its end that
every byte of both arrived, in order and right. What passes on the wire is for captures to look at.
"""

from __future__ import annotations

from lab import traffic

from .port import Port

SILENCE = 60  # seconds; longer than any pause a test makes
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
        send = (*common, "tcp-send")
        self._sinks = [
            traffic.host("nettool", *recv, port.host4, service),
            traffic.guest(vm, "nettool", *recv, port.guest4, service),
        ]
        self._sources = [
            traffic.guest(vm, "nettool", *send, port.host4, service, ENDLESS),
            traffic.host("nettool", *send, port.guest4, service, ENDLESS),
        ]
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
