# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A device that writes what it must not: each lie is counted by name and never believed (§5).

QEMU's model gives all frames to receive queue 0. So the completion ring of queue 1 belongs to the
test, which can play any device there, right down to frames that are as they should be.
"""

import struct
from dataclasses import dataclass

import pytest

from lab import traffic

from . import device as dev
from . import packets
from .device import RxCompletion as Rx
from .port import SMALL_RX1, SMALL_RX2

pytestmark = [pytest.mark.shares("one NIC"), pytest.mark.ours_only, pytest.mark.slow]


@pytest.fixture(scope="module")
def small_rings():
    """On all kernels: indices are chosen for rings of this size."""
    return True


QUEUE = 1
HEAD_LEN = 1664  # at most; what the driver posts is read from its descriptors


@pytest.fixture
def queue(port, device):
    """Receive queue 1 with all rings on their first lap, where a device without DMA is harmless."""
    rings = device.dump()
    first_lap = all(ring["comp_gen"] for ring in rings.tx + rings.rx)
    if not first_lap or rings.rx[QUEUE]["comp"]:
        restart(port, device)
    return Queue(port, device)


def restart(port, device):
    port.link("down")
    device.dma(True)
    port.link("up")
    port.configure()
    port.ping()


class Queue:
    """Receive queue 1 in the hands of a test."""

    def __init__(self, port, device):
        self.port = port
        self.device = device
        self.before = port.counters()
        self.mark = port.vm.mark()

    def complete(self, *entries, dump=None):
        self.device.complete_rx(QUEUE, *entries, dump=dump)
        self.device.interrupt(QUEUE)

    def state(self):
        return self.device.dump().rx[QUEUE]

    def await_counter(self, name, value=1):
        """Until that counter has grown by that much."""
        wanted = self.before[name] + value
        self.port.vm.run(f"until [ $(ethtool -S {self.port.name} | awk '$1 == \"{name}:\" "
                         f"{{ print $2 }}') -ge {wanted} ]; do usleep 20000; done")  # fmt: skip

    def assert_caught(self, counter):
        """The lie was counted once, under that name alone, led to one reset, and all goes on."""
        self.await_counter(counter)
        self.port.vm.wait_console("reset done", since=self.mark)
        self.port.await_up()
        self.port.ping()
        grown = self.port.counted(self.before)
        lies = {k: v for k, v in grown.items() if k.startswith(("rx_bad", "tx_bad")) and v}
        assert lies == {counter: 1}
        direction = counter[:2]
        resets = {k: v for k, v in grown.items() if k.startswith("reset_") and v}
        assert resets == {f"reset_{direction}_completion": 1}

    def assert_believed(self):
        """Nothing of it was taken for a lie."""
        grown = self.port.counted(self.before)
        assert not {k: v for k, v in grown.items() if k.startswith(("rx_bad", "reset_")) and v}


@pytest.mark.parametrize("lie, counter", [
    (Rx(0, rqid=0), "rx_bad_comp_rqid"),  # another queue's
    (Rx(0, rqid=5), "rx_bad_comp_rqid"),  # its data ring, which version 1 does not have
    (Rx(0, rqid=1023), "rx_bad_comp_rqid"),
    (Rx(SMALL_RX1), "rx_bad_comp_index"),
    (Rx(4095), "rx_bad_comp_index"),
    (Rx(SMALL_RX1 - 1), "rx_bad_comp_owner"),  # the one that is left free
    (Rx(0, length=HEAD_LEN + 1), "rx_bad_comp_len"),
    (Rx(0, length=16383), "rx_bad_comp_len"),
    (Rx(0, sop=False), "rx_bad_frame_no_sop"),
    (Rx(0, sop=False, eop=False), "rx_bad_frame_no_sop"),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_a_wild_completion_is_counted_and_healed(queue, lie, counter):
    queue.complete(lie)
    queue.assert_caught(counter)


def test_ring_2_is_not_believed_in_when_it_is_not_used(queue):
    queue.port.ethtool("-K", "lro off")
    queue.port.link("down")
    queue.port.configure()
    try:
        without = Queue(queue.port, queue.device)
        without.complete(Rx(0, rqid=3))
        without.assert_caught("rx_bad_comp_rqid")
    finally:
        queue.port.ethtool("-K", "lro on")


@pytest.mark.brief
def test_a_buffer_is_not_taken_twice(queue):
    queue.complete(Rx(0), Rx(0))
    queue.assert_caught("rx_bad_comp_owner")


def test_a_buffer_that_was_passed_over_is_not_taken_later(queue):
    queue.complete(Rx(7), Rx(3))
    queue.assert_caught("rx_bad_comp_owner")


@pytest.mark.brief
def test_a_frame_does_not_start_inside_another(queue):
    queue.complete(Rx(0, eop=False), Rx(1))
    queue.assert_caught("rx_bad_frame_sop")


def test_a_lie_behind_true_frames_is_found_as_well(queue):
    queue.complete(*(Rx(n) for n in range(40)), Rx(4000), Rx(40))
    queue.assert_caught("rx_bad_comp_index")
    assert queue.port.counted(queue.before)["rx_packets"] >= 40


def test_what_is_posted_is_what_the_driver_says(queue):
    """The length that the lies above go beyond."""
    where = queue.device.queue_desc(rx=QUEUE) + 16
    (ring,) = struct.unpack("<Q", queue.device.qtest.read(where, 8))
    (word,) = struct.unpack("<I", queue.device.qtest.read(ring + 8, 4))
    assert word & 0x3FFF == HEAD_LEN
    queue.complete(Rx(0, length=HEAD_LEN))
    queue.await_counter("rx1_packets")
    queue.assert_believed()


class TestJumbo:
    """Frames of several buffers: ring 2 is filled."""

    @pytest.fixture
    def queue(self, queue):
        queue.port.link("mtu 9000")
        queue.port.ping()
        yield Queue(queue.port, queue.device)
        queue.port.link("mtu 1500")

    def test_a_frame_does_not_start_in_ring_2(self, queue):
        queue.complete(Rx(0, ring=1))
        queue.assert_caught("rx_bad_frame_sop")

    def test_a_frame_without_end_is_cut_off(self, queue):
        body = (Rx(n, ring=1, length=4096, sop=False, eop=False) for n in range(20))
        queue.complete(Rx(0, eop=False, length=HEAD_LEN), *body)
        queue.assert_caught("rx_bad_frame_bufs")

    @pytest.mark.brief
    def test_a_frame_of_the_most_buffers_is_whole(self, queue):
        body = (Rx(n, ring=1, length=4096, sop=False, eop=n == 16) for n in range(17))
        queue.complete(Rx(0, eop=False, length=HEAD_LEN), *body)
        queue.await_counter("rx1_packets")
        queue.assert_believed()
        grown = queue.port.counted(queue.before)
        assert grown["rx1_bytes"] == HEAD_LEN + 17 * 4096

    def test_a_wild_index_of_ring_2_is_caught(self, queue):
        queue.complete(Rx(0, eop=False), Rx(SMALL_RX2, ring=1, sop=False))
        queue.assert_caught("rx_bad_comp_index")

    def test_empty_buffers_inside_a_frame_add_nothing(self, queue):
        middle = (Rx(n, ring=1, length=0, sop=False, eop=False) for n in range(3))
        queue.complete(Rx(0, eop=False, length=1000), *middle,
                       Rx(3, ring=1, length=500, sop=False))  # fmt: skip
        queue.await_counter("rx1_packets")
        queue.assert_believed()
        assert queue.port.counted(queue.before)["rx1_bytes"] == 1500


# What is odd and legal


@pytest.mark.brief
def test_buffers_that_are_passed_over_are_posted_again(queue):
    queue.complete(Rx(300))
    queue.await_counter("rx_skipped")
    queue.assert_believed()
    state = queue.state()
    assert state["clean"] == 301
    # 301 free ones were filled again, right up to the hole before the oldest.
    assert state["fill"] == 300
    queue.complete(*(Rx(n % SMALL_RX1) for n in range(301, 301 + 64)))
    queue.await_counter("rx1_packets", 65)
    queue.assert_believed()


@pytest.mark.parametrize("bits, counter", [
    ({"dw2": dev.RXCD_ERR, "dw3": 0}, "rx_drop_fcs"),
    ({"dw2": dev.RXCD_ERR}, "rx_drop_truncated"),
    ({"length": 0}, "rx_drop_empty"),
    ({"length": 13}, "rx_drop_empty"),
], ids=["fcs", "truncated", "nothing", "less-than-a-header"])  # fmt: skip
def test_a_bad_frame_is_dropped_and_named(queue, bits, counter):
    queue.complete(Rx(0, **bits))
    queue.await_counter(counter)
    queue.assert_believed()
    assert queue.port.counted(queue.before)["rx1_packets"] == 0


def test_a_storm_of_empty_frames_ends_and_posts_all_again(queue):
    """More entries than a poll may take, on a whole lap of both rings."""
    entries = SMALL_RX1 + SMALL_RX2 - 1
    for start in range(0, entries, 256):
        batch = range(start, min(start + 256, entries))
        queue.complete(*(Rx(n % SMALL_RX1, length=0) for n in batch))
        queue.await_counter("rx_drop_empty", batch[-1] + 1)
    queue.assert_believed()
    queue.port.ping()


class TestFrames:
    """Frames that a test gives to the driver itself."""

    def receive(self, queue, frames, bits=None):
        """Puts frames where the driver posted buffers, completes them with these further fields;
        returns what the guest sees.
        """
        sink = traffic.guest(queue.port.vm, "frames", "recv", queue.port.name, len(frames),
                             f"{packets.TEST_TYPE:#06x}")  # fmt: skip
        dump = queue.device.dump()
        first = dump.rx[QUEUE]["clean"]
        buffers = queue.device.rx_buffers(QUEUE, dump)[first:]
        for buffer, frame in zip(buffers, frames, strict=False):
            queue.device.qtest.write(buffer, frame)
        queue.complete(*(Rx(first + n, length=len(frame), **more) for n, (frame, more)
                         in enumerate(zip(frames, bits or [{}] * len(frames), strict=True))),
                       dump=dump)  # fmt: skip
        return [frame for *_, frame in sink.frames()]

    def frames(self, port, lengths):
        return [packets.raw(port.mac, port.tap.mac, length, seed=length) for length in lengths]

    @pytest.mark.brief
    def test_frames_of_another_queue_arrive_as_they_are(self, queue):
        sent = self.frames(queue.port, [14, 60, 255, 256, 257, 1514, HEAD_LEN])
        assert self.receive(queue, sent) == sent
        queue.await_counter("rx1_packets", 7)  # it is written when the poll ends
        queue.assert_believed()
        grown = queue.port.counted(queue.before)
        assert (grown["rx1_packets"], grown["rx1_copybreak"]) == (7, 4)

    def test_any_hash_type_is_harmless(self, queue):
        sent = self.frames(queue.port, range(100, 116))
        bits = [{"dw0": dev.RXCD_CNC | kind << 26, "dw1": 0xDEADBEEF} for kind in range(16)]
        assert self.receive(queue, sent, bits) == sent
        queue.assert_believed()

    def test_any_hint_at_segments_is_harmless(self, queue):
        """Frames that the device says it has merged, though version 1 never says so."""
        hints = [(segments, mss) for segments in (0, 1, 255) for mss in (0, 1, 65535)]
        bits = [{"dw1": segments, "dw3": dev.RXCD_FCS | 4 << 24 | mss} for segments, mss in hints]
        for length in 1514, HEAD_LEN:
            sent = self.frames(queue.port, [length] * len(hints))
            assert self.receive(queue, sent, bits) == sent
        queue.assert_believed()

    def test_a_tag_that_was_not_asked_for_is_not_believed(self, queue):
        sent = self.frames(queue.port, [100])
        with queue.port.offload("rxvlan off"):
            seen = self.receive(queue, sent, [{"dw2": dev.RXCD_TS | 42 << 16}])
        assert seen == sent
        assert queue.port.counted(queue.before)["rx_vlan_stripped"] == 0


# Transmit


class TestTransmit:
    """A device that does not fetch what is sent, so that completions are the test's to write."""

    @dataclass
    class Stuck:
        """The last descriptors of what was sent, and the state of the driver then."""

        sent: list[int]
        dump: dev.Dump

    @pytest.fixture
    def stuck(self, queue):
        # The watchdog would end it.
        queue.port.limit_queues(100_000, 0, 1)
        queue.device.dma(False)
        queue.port.vm.run(f"taskset 1 lab-nettool -s 1400 udp-send {queue.port.host4} 9 1")
        dump = queue.device.dump()
        sent = queue.device.in_flight(0, dump)
        assert sent
        yield self.Stuck(sent, dump)
        restart(queue.port, queue.device)
        queue.port.limit_queues(0, 0, 1)

    def complete(self, queue, stuck, *completions):
        queue.device.complete_tx(0, *completions, dump=stuck.dump)
        queue.device.interrupt(stuck.dump.head["nrxq"])

    @pytest.mark.parametrize("index", [1024, 4095])
    def test_a_completion_beyond_the_ring_is_caught(self, queue, stuck, index):
        self.complete(queue, stuck, index)
        queue.assert_caught("tx_bad_comp_index")

    @pytest.mark.brief
    def test_a_completion_of_what_was_never_sent_is_caught(self, queue, stuck):
        self.complete(queue, stuck, stuck.sent[-1] + 100)
        queue.assert_caught("tx_bad_comp_order")

    def test_a_completion_of_what_was_done_long_ago_is_caught(self, queue, stuck):
        self.complete(queue, stuck, stuck.sent[0] - 1)
        queue.assert_caught("tx_bad_comp_order")

    def test_a_whole_ring_of_completions_ends_with_what_was_sent(self, queue, stuck):
        """What is completed too often is not even looked at while nothing is outstanding."""
        self.complete(queue, stuck, *stuck.sent, *[stuck.sent[-1]] * 900)
        queue.port.vm.run(f"cd /sys/class/net/{queue.port.name}/queues/tx-0/byte_queue_limits\n"
                          "until [ $(cat inflight) = 0 ]; do usleep 10000; done")  # fmt: skip
        assert not set(stuck.sent) & set(queue.device.in_flight(0))

    def test_a_completion_that_came_before_its_packet_is_caught(self, queue, stuck):
        """The double of a completion meets the next packet, whose it is not."""
        queue.device.complete_tx(0, *stuck.sent, stuck.sent[-1], dump=stuck.dump)
        queue.port.vm.run(f"taskset 1 lab-nettool -s 1400 udp-send {queue.port.host4} 9 2",
                          check=False)  # fmt: skip
        queue.device.interrupt(stuck.dump.head["nrxq"])
        queue.assert_caught("tx_bad_comp_order")


# The rest of what a device may write


@pytest.mark.parametrize("threshold", [0, 1 << 30, (1 << 32) - 1])
def test_a_wild_threshold_holds_back_no_more_than_a_burst(queue, threshold):
    """However long the device says it will look by itself (§5 H18)."""
    port, device = queue.port, queue.device
    for tx in 0, 1:
        device.qtest.writel(device.queue_desc(tx=tx) + dev.THRESHOLD, threshold)
    sink = traffic.host("nettool", "-s", 200, "-t", 30, "udp-recv", port.host4, 5005, 1000)
    length = packets.ETH + packets.IP4 + 8 + 200
    with port.tap.capture() as capture:
        traffic.guest(port.vm, "nettool", "-s", 200, "udp-send", port.host4, 5005, 1000).result()
        capture.wait(lambda seen: not seen.outgoing and len(seen.data) == length,
                     timeout=10 * port.vm.slowness, count=1000 - 64)  # fmt: skip
    for tx in 0, 1:
        device.qtest.writel(device.queue_desc(tx=tx) + dev.THRESHOLD, 1)
    # What is held back leaves with the next packet of its queue.
    for cpu in 1, 2:
        port.vm.run(f"taskset {cpu} lab-nettool udp-send {port.host4} 9 1")
    assert sink.result()["right"] == "1000"
    port.ping()
    queue.assert_believed()


def send_messages(port, count):
    sink = traffic.guest(port.vm, "nettool", "udp-recv", port.guest4, 5006, count)
    traffic.host("nettool", "udp-send", port.guest4, 5006, count).result()
    sink.result()


def test_doorbells_are_rung_while_the_device_asks_for_them(queue):
    port, device = queue.port, queue.device
    where = device.queue_desc(rx=0) + dev.UPDATE_RX_PROD
    device.qtest.command("writeb", hex(where), 1)
    send_messages(port, 200)
    device.qtest.command("writeb", hex(where), 0)
    asked = port.counted(queue.before)["rx0_doorbells"]
    send_messages(port, 200)
    assert 1 <= asked <= 210 // 16
    assert port.counted(queue.before)["rx0_doorbells"] == asked
    queue.assert_believed()


def test_configuration_in_shared_memory_is_never_read_back(queue):
    port, device = queue.port, queue.device
    settings = port.ethtool("-x") + port.ethtool("-k")
    descs = [device.queue_desc(tx=0), device.queue_desc(rx=1)]
    for desc in descs:
        device.qtest.write(desc, b"\xff" * dev.QUEUE_DESC)
    device.qtest.write(device.shared(), b"\xff" * dev.ECR_OFFSET)
    port.ethtool("-K", "rxvlan off")
    port.link("down")
    port.link("up")
    port.ethtool("-K", "rxvlan on")
    port.configure()
    port.ping()
    assert settings == port.ethtool("-x") + port.ethtool("-k")
    queue.assert_believed()
