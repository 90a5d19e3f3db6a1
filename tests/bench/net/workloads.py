# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What is measured: each workload as the guest's command and the host's peer, with its amounts.

The amounts are fixed, so that runs can be compared; they are large enough for the work around
them (starting, settling) to vanish. The other half of each is in guest/netload.c.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .peer import Bursts, Echo, Peer, TcpSink, TcpSource

WARM_UP_SHARE = 4           # as in guest/netload.c


@dataclass(frozen=True)
class Workload:
    """`unit` is what one operation is; `sends` says how many frames the host must have seen."""

    name: str
    unit: str
    arguments: str          # of netload, {host} stands for the host's address
    peer: Callable[[str], Peer]
    sends: int = 0
    pktgen: str = ""        # settings of the kernel's packet generator


def _pktgen(burst: int, packets: int = 16000) -> Workload:
    return Workload(f"pktgen-{burst}", "packet", f"pktgen {packets}", Peer, sends=packets,
                    pktgen=f"count {packets};burst {burst};pkt_size 60")


def _udp_rx(burst: int = 16, size: int = 200, packets: int = 4800) -> Workload:
    return Workload("udp-rx", "packet", f"udp-rx {{host}} {burst} {packets}",
                    lambda address: Bursts(address, burst, size))


def _tcp_rx(kib: int = 16 * 1024) -> Workload:
    amounts = (kib * 1024 // WARM_UP_SHARE, kib * 1024)
    return Workload("tcp-rx", "KiB", f"tcp-rx {{host}} {kib}",
                    lambda address: TcpSource(address, amounts))


def _udp_tx(size: int = 64, packets: int = 4000) -> Workload:
    return Workload("udp-tx", "packet", f"udp-tx {{host}} {size} {packets}", Peer, sends=packets)


ALL = (
    _pktgen(1),
    _pktgen(8),
    _udp_tx(),
    _udp_rx(),
    Workload("udp-rr", "round", "udp-rr {host} 64 600", Echo, sends=600),
    Workload("tcp-tx", "KiB", f"tcp-tx {{host}} {16 * 1024}", TcpSink),
    _tcp_rx(),
)
