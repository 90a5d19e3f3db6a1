# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Frames and streams of every size, both ways, checked at the other end.

eth0 is on a tap that takes offloads up, eth1 on one that carries what a plain wire would. The
smoke tests are here. What each offload does is in test_offload.py.
"""

import pytest

from .port import make_tap


@pytest.fixture(scope="module")
def taps():
    with make_tap(0) as offloading, make_tap(1, vnet_hdr=False) as plain:
        yield [offloading, plain]


@pytest.mark.smoke
def test_a_ping_is_answered(ports):
    for port in ports:
        port.ping()
        port.ping(ipv6=True)
