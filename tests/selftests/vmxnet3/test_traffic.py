# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Frames and streams of every size, both ways, checked at the other end.

eth0 is on a tap that takes offloads up, eth1 on one that carries what a plain wire would. The
smoke tests of all that frames can show are here, too. What each offload does is in
test_offload.py, filters are in test_filter.py and test_vlan.py.
"""

import pytest

from lab import traffic
from lab.vm import CommandFailed

from . import packets, transfers
from .port import make_tap

pytestmark = pytest.mark.shares("two NICs")

# The longest frame that fits our first receive buffer, and with one more page.
HEAD = 1664
BODY = 4096


@pytest.fixture(scope="module")
def taps(enter):
    """One that offloads, and a plain one."""
    return [enter(make_tap(0)), enter(make_tap(1, vnet_hdr=False))]


@pytest.fixture(params=["offloading", "plain"])
def wire(request, ports):
    """Each of the ports."""
    return ports[request.param == "plain"]


# Smoke


@pytest.mark.smoke
def test_a_ping_is_answered(ports):
    for port in ports:
        port.ping()
        port.ping(ipv6=True)


@pytest.mark.smoke
def test_streams_pass_both_ways(ports):
    plain = ports[1]
    with plain.tap.capture() as capture:
        started = [transfers.start(port, "tcp", 1 << 20, to_guest=to_guest)
                   for port in ports for to_guest in (False, True)]  # fmt: skip
        for transfer in started:
            transfer.finish()
    sent = [frame for frame in transfers.from_guest(capture.frames) if packets.is_tcp(frame)]
    packets.assert_plain(sent)
    assert sum(len(packets.payload(frame)) for frame in sent) >= 1 << 20


@pytest.mark.smoke
def test_jumbo_frames_pass_both_ways(ports):
    port = ports[0]
    with port.mtu(9000):
        port.echo_lengths([1514, HEAD, HEAD + 1, HEAD + BODY, HEAD + BODY + 1, 9014])
        transfers.run(port, "tcp", 1 << 20, to_guest=True)
        transfers.run(port, "tcp", 1 << 20, to_guest=False)


@pytest.mark.smoke
def test_a_vlan_is_answered_on_that_vlan(port):
    with port.vlan(5):
        port.echo_vlan(5)


@pytest.mark.smoke
def test_a_new_address_is_used_at_once(port):
    with port.address("52:54:00:12:34:56"):
        assert port.ping().src.hex(":") == "52:54:00:12:34:56"
    port.ping()


@pytest.mark.smoke
def test_the_module_can_be_loaded_again(ports, vm_setup):
    vm = ports[0].vm
    vm.run("rmmod vmxnet3 && ! ls -d /sys/class/net/eth*")
    vm_setup(vm)
    for port in ports:
        port.ping()


# Sizes


@pytest.mark.slow
@pytest.mark.parametrize("mtu", [68, 1280, 1500, 1501, HEAD - 22, HEAD - 21, HEAD - 14, HEAD - 13,
                                 2048, 4096, HEAD + BODY - 14, HEAD + BODY - 13, 9000])  # fmt: skip
def test_the_largest_packets_of_each_mtu_pass(port, mtu):
    edges = [60, 68 + 14, HEAD, HEAD + 1, HEAD + BODY, HEAD + BODY + 1, mtu + 13, mtu + 14]
    with port.mtu(mtu):
        port.echo_lengths(sorted({length for length in edges if length <= mtu + 14}))
        if mtu >= 1280:
            port.ping(mtu - packets.IP6 - packets.ICMP_HEAD, ipv6=True)


def test_the_smallest_mtu_carries_frames_though_no_ip(port):
    with port.mtu(60):
        frame = packets.raw(port.mac, port.tap.mac, 74)
        port.deliver([frame], [frame])
        back = packets.raw(port.tap.mac, port.mac, 74, seed=2)
        port.captured(lambda seen: seen.data == back, f"lab-frames send {port.name} 1 {back.hex()}")


@pytest.mark.slow
@pytest.mark.parametrize("mtu", [59, 9001])
def test_an_impossible_mtu_is_refused_and_nothing_changes(port, mtu):
    with pytest.raises(CommandFailed):
        port.link(f"mtu {mtu}")
    assert port.vm.run(f"cat /sys/class/net/{port.name}/mtu") == "1500\n"
    port.ping()


def test_frames_of_every_length_pass_unchanged(wire):
    with wire.mtu(1600):
        wire.echo_lengths(range(60, 1601))


@pytest.mark.ours_only
def test_a_frame_beyond_the_mtu_is_dropped_and_counted(port):
    good = packets.raw(port.mac, port.tap.mac, 1514)
    # Where frames may be merged there are buffers for longer ones, as long as the interface is up.
    port.ethtool("-K", "lro off")
    port.link("down")
    port.configure()
    missed = f"cat /sys/class/net/{port.name}/statistics/rx_missed_errors"
    before, missed_before = port.counters(), int(port.vm.run(missed))
    port.tap.set_mtu(3000)
    try:
        port.deliver([packets.raw(port.mac, port.tap.mac, 3000), good], [good])
    finally:
        port.tap.set_mtu(1500)
        port.ethtool("-K", "lro on")
    # No second buffer was posted for it, and it had no other fault.
    counted = port.counted(before)
    assert (counted["dev_rx_out_of_buf"], counted["dev_rx_errors"]) == (1, 0)
    assert int(port.vm.run(missed)) == missed_before + 1


@pytest.mark.slow
@pytest.mark.ours_only
def test_only_frames_up_to_the_copybreak_are_copied(port):
    for length, copied in ((255, True), (256, True), (257, False)):
        before = port.counters()
        port.echo_lengths([length] * 40)
        assert (port.counted(before)["rx_copybreak"] >= 40) == copied, length


@pytest.mark.slow
@pytest.mark.ours_only
def test_only_frames_up_to_the_data_slot_go_through_it(port):
    for length, copied in ((127, True), (128, True), (129, False)):
        before = port.counters()
        port.echo_lengths([length] * 40)
        assert (port.counted(before)["tx_data_ring"] >= 40) == copied, length


# Streams


@pytest.mark.parametrize("to_guest", [False, True], ids=["out", "in"])
def test_datagrams_of_the_largest_size_pass_in_fragments(wire, to_guest):
    """One at a time: no machine has to take hundreds of frames at once."""
    for host, guest in (wire.host4, wire.guest4), (wire.host6, wire.guest6):
        words = ("-s", 65000, "-t", 10 * round(wire.vm.slowness))
        address = (guest if to_guest else host, 9001, 10)
        if to_guest:
            echo = traffic.guest(wire.vm, "nettool", *words, "udp-echo", *address)
            asked = traffic.host("nettool", *words, "udp-rr", *address)
        else:
            echo = traffic.host("nettool", *words, "udp-echo", *address)
            asked = traffic.guest(wire.vm, "nettool", *words, "udp-rr", *address)
        assert asked.result()["answers"] == echo.result()["echoed"] == "10"


def test_requests_and_answers_pass(wire):
    """Every message waits for the one before: a lost interrupt or doorbell would stall it."""
    echo = traffic.guest(wire.vm, "nettool", "-s", 100, "udp-echo", wire.guest4, 9000, 500)
    asked = traffic.host("nettool", "-s", 100, "udp-rr", wire.guest4, 9000, 500).result()
    assert asked["answers"] == echo.result()["echoed"] == "500"
