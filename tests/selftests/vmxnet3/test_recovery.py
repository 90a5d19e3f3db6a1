# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Devices that hang, lose interrupts, report errors or refuse: the driver brings them back.

What the device does wrong is done in its place from outside (device.py). What a hostile device
writes into the rings is in test_hostile.py.
"""

import json

import pytest

from lab import traffic

from . import device as dev
from .streams import Streams

# Until 6.6 the core's watchdog warned with a trace, whose reason does not always reach the console.
pytestmark = [pytest.mark.shares("one NIC"), pytest.mark.ours_only, pytest.mark.slow,
              pytest.mark.console_allow("dev_watchdog")]


def health(port, reporter):
    """State and counts of a devlink health reporter."""
    shown = json.loads(port.vm.run("devlink -j health show"))["health"]
    (reporters,) = shown.values()
    (found,) = (r for r in reporters if r["reporter"] == reporter)
    return found


def resets(grown):
    """Resets by reason, of counters that have grown."""
    return {k.removeprefix("reset_"): v for k, v in grown.items() if k.startswith("reset_") and v}


def devlink(port, device, words, check=True):
    """`devlink health` on a reporter of the device."""
    verb, reporter = words.rsplit(" ", 1)
    return port.vm.run(f"devlink -j health {verb} pci/{device.address} reporter {reporter}",
                       check=check)  # fmt: skip


def healed(port, reporter):
    """The health of a reporter that gets well: devlink is told after the log."""
    port.vm.run("while devlink health show | grep -q 'state error'; do usleep 10000; done")
    return health(port, reporter)


def get_stuck(port, device):
    """Has a packet wait on tx queue 0 of a device that does not fetch it; the core stops there, and
    on the other queue not even if the guest sends something of its own accord.
    """
    port.limit_queues(100_000, 1)
    device.dma(False)
    port.vm.run(f"taskset 1 lab-nettool -s 1400 udp-send {port.host4} 9 1\n"
                f"cd /sys/class/net/{port.name}/queues/tx-0/byte_queue_limits\n"
                "until [ $(cat inflight) -gt $(cat limit) ]; do usleep 10000; done")  # fmt: skip


def restart(port, device):
    """Rings on their first lap, in a device that works."""
    port.link("down")
    device.dma(True)
    port.link("up")
    port.configure()
    port.ping()


# Hangs and lost interrupts


@pytest.mark.brief
def test_a_hung_device_is_reset_and_goes_on(port, device):
    restart(port, device)
    before = port.counters()
    reported = health(port, "tx")
    mark = port.vm.mark()
    get_stuck(port, device)
    port.vm.wait_console(r"tx queue 0 made no progress: .*; resetting", since=mark)
    port.vm.wait_console("reset done", since=mark)
    port.await_up()
    port.ping()
    grown = port.counted(before)
    assert grown["tx_timeouts"] >= 1
    assert resets(grown) == {"tx_timeout": 1}
    after = healed(port, "tx")
    assert after["state"] == "healthy"
    assert after["error"] == reported["error"] + 1
    assert after["recover"] == reported["recover"] + 1


def test_a_lost_interrupt_is_made_up_for_without_a_reset(port, device):
    restart(port, device)
    before = port.counters()
    mark = port.vm.mark()
    get_stuck(port, device)
    dump = device.dump()
    sent = device.in_flight(0, dump)
    device.complete_tx(0, *sent, dump=dump)
    port.vm.wait_console(r"tx queue 0 made no progress: .*; a lost interrupt, recovered", since=mark)
    assert sent
    assert not set(sent) & set(device.in_flight(0))
    restart(port, device)
    grown = port.counted(before)
    assert grown["tx_timeouts"] == 1
    assert resets(grown) == {}


def test_a_late_interrupt_frees_what_was_sent(port, device):
    """Also where the vector of a transmit queue is armed, fires and is masked again."""
    restart(port, device)
    port.limit_queues(100_000, 0, 1)
    before = port.counters()
    fired = device.interrupts()["tx-0"]
    vector = device.dump().head["nrxq"]
    assert device.is_masked(vector)
    device.dma(False)
    # A socket whose buffer takes one message reports when that was given back.
    waiting = port.vm.spawn(f"taskset 1 lab-nettool -s 1000 -b 1 -t 60 udp-free {port.host4} 9 1")
    device.await_unmasked(vector)
    assert waiting.output is None
    # The guest has reasons of its own to send, and what is in flight keeps the vector armed.
    rounds = device.finish_tx(0, vector, lambda: waiting.output is not None)
    assert traffic.parse(port.vm.wait(waiting))["messages"] == "1"
    assert device.interrupts()["tx-0"] == fired + rounds
    # Only senders count, and one may have come since.
    assert 1 <= port.counted(before)["tx0_unmasks"] <= rounds + (not device.is_masked(vector))
    restart(port, device)
    assert resets(port.counted(before)) == {}
    port.limit_queues(0, 0, 1)


# Resets on request


def test_a_reset_by_a_user_keeps_connections_and_settings(port, device):
    port.ethtool("-K", "rxvlan off")
    port.vm.run(f"lab-rxfh {port.name} key {bytes(range(40)).hex()} table 0,1,1,1")
    settings = port.ethtool("-x") + port.ethtool("-k") + port.ethtool("-g") + port.ethtool("-l")
    before = port.counters()
    with Streams(port) as streams:
        for _ in range(2):
            port.ethtool("--reset", "dma")
            streams.flow()
        diagnosed = json.loads(devlink(port, device, "diagnose tx"))
    assert resets(port.counted(before)) == {"user": 2}
    assert settings == (port.ethtool("-x") + port.ethtool("-k") + port.ethtool("-g")
                        + port.ethtool("-l"))  # fmt: skip
    assert diagnosed["active"]
    assert [queue["queue"] for queue in diagnosed["queues"]] == [0, 1]
    port.ethtool("-K", "rxvlan on")


def test_too_many_resets_are_spread_over_time_and_all_is_well_afterwards(port, device):
    before = port.counters()
    # Three in a minute are no more than usual, and a minute may end while they come.
    for _ in range(7):
        mark = port.vm.mark()
        device.event(1)
        told = port.vm.wait_console("reset done|too many resets, next one in [1-9]", since=mark)
        if "too many" in told.group():
            break
    assert "too many" in told.group()
    port.vm.wait_console("reset done", since=told.end())
    port.await_up()
    port.ping()
    assert resets(port.counted(before))["rxq_error"] >= 1


# What the device reports


@pytest.mark.parametrize("bit, reason, queue", [
    (1, "rxq_error", {"rx": 0}), (2, "txq_error", {"tx": 1}),
])  # fmt: skip
@pytest.mark.brief
def test_a_queue_error_is_told_and_healed(port, device, bit, reason, queue):
    before = port.counters()
    mark = port.vm.mark()
    desc = device.queue_desc(**queue)
    device.qtest.writel(desc + dev.STOPPED, 1)
    device.qtest.writel(desc + dev.ERROR, 0x80000002)
    device.event(bit)
    (direction, number), = queue.items()
    port.vm.wait_console(f"{direction} queue {number} stopped by the device, error 0x80000002",
                         since=mark)  # fmt: skip
    port.vm.wait_console("reset done", since=mark)
    port.await_up()
    port.ping()
    assert resets(port.counted(before)) == {reason: 1}
    assert port.counted(before)[f"event_{reason}"] == 1
    assert healed(port, direction)["state"] == "healthy"


def test_a_storm_of_events_costs_neither_the_guest_nor_the_link(port, device):
    before = port.counters()
    vector = device.dump().head["nvec"] - 1
    register = device.shared() + dev.ECR_OFFSET
    for _ in range(300):
        device.qtest.writel(register, 0xFFFFFF18)
        device.interrupt(vector)
    port.ping()
    grown = port.counted(before)
    assert 1 <= grown["event_dic"] <= 300
    assert 1 <= grown["event_debug"] <= 300
    assert resets(grown) == {}
    # Events are still heard afterwards.
    device.event(8)
    port.vm.run(f"until [ $(ethtool -S {port.name} | awk '/event_dic/ {{ print $2 }}') -gt "
                f"{before['event_dic'] + grown['event_dic']} ]; do usleep 50000; done")  # fmt: skip


# What the device refuses


def test_a_refused_activation_keeps_the_old_rings_and_is_repaired(port, device):
    restart(port, device)
    before = port.counters()
    rings = port.ethtool("-g")
    mark = port.vm.mark()
    device.dma(False)  # the device cannot even read what it is to activate
    refused = port.ethtool("-G", "rx 256", check=False)
    assert refused.rc
    port.vm.wait_console("reset done", since=mark)
    assert "device refused, old configuration kept" in refused + port.vm.console[mark:]
    assert port.ethtool("-g") == rings
    port.await_up()
    port.ping()
    assert resets(port.counted(before)) == {"activate": 1}


def test_a_device_that_does_not_answer_is_tried_again_until_it_does(port, device):
    restart(port, device)
    before = port.counters()
    carrier = port.vm.run(f"cat /sys/class/net/{port.name}/carrier_down_count")
    mark = port.vm.mark()
    device.answer(False)
    assert port.vm.run(f"ethtool --reset {port.name} dma", check=False).rc
    port.vm.wait_console("reset failed: .*, next attempt in 2 s", since=mark)
    assert port.vm.run(f"cat /sys/class/net/{port.name}/carrier") == "0\n"
    assert devlink(port, device, "recover tx", check=False).rc
    device.answer(True)
    port.vm.wait_console("reset done", since=mark)
    port.configure()
    port.ping()
    grown = port.counted(before)
    assert resets(grown)["activate"] >= 2
    assert port.vm.run(f"cat /sys/class/net/{port.name}/carrier_down_count") != carrier
    assert healed(port, "tx")["state"] == "healthy"


@pytest.mark.parametrize("reporter", ["tx", "rx"])
def test_a_user_need_not_wait_for_the_next_attempt(port, device, reporter):
    restart(port, device)
    before = port.counters()
    mark = port.vm.mark()
    device.answer(False)
    port.ethtool("--reset", "dma", check=False)
    port.vm.wait_console("reset failed: .*, next attempt in 8 s", since=mark)
    assert {health(port, name)["state"] for name in ("tx", "rx")} == {"error"}
    device.answer(True)
    mark = port.vm.mark()
    devlink(port, device, f"recover {reporter}")
    # The console is another line than the one that answers, and may be behind.
    port.vm.run("echo recover has returned >/dev/kmsg")
    port.vm.wait_console("recover has returned", since=mark)
    assert "reset done" in port.vm.console[mark:].split("recover has returned")[0]
    assert {health(port, name)["state"] for name in ("tx", "rx")} == {"healthy"}
    port.configure()
    port.ping()
    assert resets(port.counted(before))["user"] == 2
