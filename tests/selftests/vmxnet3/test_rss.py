# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Traffic over several queues.

QEMU's device receives everything on the first queue, so that the spread of what is received cannot
be seen here; how the device is told to do it is in test_shared.py.
"""

import pytest

from lab import traffic

from .shared_area import SharedArea

pytestmark = [pytest.mark.shares("one NIC"), pytest.mark.slow]

UCAST_PACKETS = 2  # of a transmit queue's statistics


@pytest.mark.ours_only
@pytest.mark.brief
def test_each_cpu_sends_through_its_own_queue(port, device, qtest):
    """As the driver counts, and as the device does."""
    area = SharedArea(port, qtest)
    # Of what waits for the host's address to be found, no more than some is kept.
    port.ping()

    def counted():
        counters = port.counters()  # has the device bring its own up to date, too
        told = [queue.stats[UCAST_PACKETS] for queue in area.queues()[0]]
        return [(counters[f"tx{n}_packets"], told[n]) for n in (0, 1)]

    for cpu in (0, 1):
        before = counted()
        sink = traffic.host("nettool", "-s", 500, "udp-recv", port.host4, 9000 + cpu, 200)
        port.vm.run(f"taskset {1 << cpu:x} lab-nettool -s 500 udp-send {port.host4} {9000 + cpu} 200")
        assert sink.result()["right"] == "200"
        grown = [tuple(b - a for a, b in zip(*pair, strict=True))
                 for pair in zip(before, counted(), strict=True)]  # fmt: skip
        assert min(grown[cpu]) >= 200
        assert max(grown[1 - cpu]) < 20


def test_streams_on_every_cpu_are_all_right(port):
    started = []
    for number in range(8):
        sink = traffic.host("nettool", "tcp-recv", port.host4, 9100 + number)
        command = f"taskset {1 << number % 2:x} lab-nettool tcp-send {port.host4} {9100 + number} 300000"
        started.append((sink, port.vm.spawn(command)))
    for sink, job in started:
        port.vm.wait(job)
        assert sink.result()["bytes"] == "300000"
