# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Vectors and their names, interrupts that are shared or scarce, and link events.

The guest has two cards on slots that share an interrupt line where there are no messages.
"""

import re

import pytest

from lab import kernels, traffic
from lab.net import Nic

from .port import make_tap
from .streams import Streams

pytestmark = pytest.mark.ours_only


@pytest.fixture(scope="module")
def taps():
    with make_tap(0) as first, make_tap(1) as second:
        yield [first, second]


@pytest.fixture(scope="module")
def vm_config(taps, qtest):
    # Four slots apart, pins and lines of a q35 machine meet again.
    return {"nics": [Nic(tap, props=f"addr={slot}") for tap, slot in zip(taps, (4, 8), strict=True)],
            "extra": qtest.args()}  # fmt: skip


def vectors(port):
    """Name and count of each interrupt of a card, from /proc/interrupts."""
    found = {}
    for line in port.vm.run("cat /proc/interrupts").splitlines():
        number, *words = line.split()
        names = [word.rstrip(",") for word in words]
        for name in names:
            if name == port.name or name.startswith(f"{port.name}-"):
                counts = [int(word) for word in words if word.isdigit()]  # of CPUs that are on
                found[name.removeprefix(port.name).lstrip("-")] = (int(number.rstrip(":")), sum(counts))
    return found


def counts(port):
    return {name: count for name, (_, count) in vectors(port).items()}


def on_cpus(port, number):
    """How often an interrupt came to each CPU."""
    words = port.vm.run(f"grep ' {number}:' /proc/interrupts").split()
    return [int(word) for word in words[1 : 1 + port.vm.smp]]


def exchange(port, messages=200):
    """Requests from the host, all of which must be answered."""
    echo = traffic.guest(port.vm, "nettool", "udp-echo", port.guest4, 5007, messages)
    traffic.host("nettool", "udp-rr", port.guest4, 5007, messages).result()
    echo.result()


# Kinds of interrupts


def test_each_queue_has_a_message_of_its_own(port):
    before = counts(port)
    assert set(before) == {"rx-0", "rx-1", "tx-0", "tx-1", "event"}
    messages = port.vm.run(f"ls /sys/class/net/{port.name}/device/msi_irqs").split()
    assert sorted(map(int, messages)) == sorted(number for number, _ in vectors(port).values())
    exchange(port)
    grown = {name: count - before[name] for name, count in counts(port).items()}
    assert grown["rx-0"] > 0
    assert grown["rx-1"] == grown["event"] == 0


@pytest.mark.slow
def test_queues_and_interrupts_are_dealt_to_the_same_cpus(port):
    for name, (number, _) in vectors(port).items():
        if name != "event":
            allowed = port.vm.run(f"cat /proc/irq/{number}/smp_affinity_list").strip()
            assert allowed == name[-1]
    at = f"/sys/class/net/{port.name}/queues"
    assert port.vm.run(f"cat {at}/tx-0/xps_cpus {at}/tx-1/xps_cpus").split() == ["1", "2"]


@pytest.mark.slow
def test_a_user_moves_a_queue_and_it_stays_there(port):
    at = f"/sys/class/net/{port.name}/queues/tx-0/xps_cpus"
    port.vm.run(f"echo 3 >{at}")
    port.ethtool("-G", "rx 256")
    port.link("down")
    port.configure()
    assert port.vm.run(f"cat {at}") == "3\n"
    port.vm.run(f"echo 1 >{at}")


@pytest.mark.slow
def test_a_user_moves_an_interrupt_and_it_stays_there(port):
    number, _ = vectors(port)["rx-0"]
    port.vm.run(f"echo 2 >/proc/irq/{number}/smp_affinity")
    exchange(port, 1)  # it moves when it fires next
    before = on_cpus(port, number)
    exchange(port)
    port.ethtool("--reset", "dma")
    exchange(port)
    after = on_cpus(port, number)
    assert after[0] == before[0]
    assert after[1] > before[1]
    port.vm.run(f"echo 1 >/proc/irq/{number}/smp_affinity")


def test_a_moved_interrupt_outlives_changes_of_channels(port):
    """Even where the move is pending, since the interrupt has not fired after it."""
    moved = {name: number for name, (number, _) in vectors(port).items() if name != "event"}
    for number in moved.values():
        port.vm.run(f"echo 3 >/proc/irq/{number}/smp_affinity")
    for count in 1, 2:
        port.ethtool("-L", f"combined {count}")
    port.link("down")
    port.configure()
    for name, number in moved.items():
        assert port.vm.run(f"cat /proc/irq/{number}/smp_affinity").strip() == "3"
        port.vm.run(f"echo {1 << int(name[-1])} >/proc/irq/{number}/smp_affinity")


def test_a_cpu_comes_and_goes_under_traffic(port):
    with Streams(port) as streams:
        for online in 0, 1, 0, 1:
            port.vm.run(f"echo {online} >/sys/devices/system/cpu/cpu1/online")
            streams.flow()


@pytest.fixture
def intx(ports):
    """Both cards without messages."""
    for port in ports:
        rebind(port, messages=0)
    yield
    for port in ports:
        rebind(port, messages=1)


def rebind(port, messages):
    """Binds the driver anew, with the core told whether messages may be used."""
    address = port.vm.run(f"basename $(readlink /sys/class/net/{port.name}/device)").strip()
    bus = "/sys/bus/pci"
    port.vm.run(f"echo {address} >{bus}/drivers/vmxnet3/unbind; "
                f"echo {messages} >{bus}/devices/{address}/msi_bus; "
                f"echo {address} >{bus}/drivers/vmxnet3/bind")  # fmt: skip
    port.configure()


def test_without_messages_one_line_serves_all(intx, port):
    assert set(vectors(port)) == {""}
    assert "IO-APIC" in port.vm.run(f"grep {port.name} /proc/interrupts")
    assert re.search(r"Combined:\s+1\n", port.ethtool("-l").split("Current")[1])
    port.vm.wait_console("1 vectors for 2 CPUs: using 2 tx and 1 rx queues")
    assert port.ethtool("-L", "combined 2", check=False).rc
    before = port.counters()
    with Streams(port) as streams:
        streams.flow(1 << 20)
    # Both transmit queues are there and used.
    grown = port.counted(before)
    assert grown["tx0_packets"] + grown["tx1_packets"] == grown["tx_packets"]
    assert counts(port)[""] > 0
    link_goes_and_comes(port)


@pytest.mark.slow
def test_neighbours_on_a_line_are_told_apart(intx, ports):
    first, second = ports
    assert vectors(first)[""][0] == vectors(second)[""][0]
    before = second.counters()
    exchange(first)
    idle = second.counted(before)
    # What is not its own interrupt starts no poll; some of its own packets may be counted before.
    assert idle["rx_unmasks"] <= idle["rx_packets"] + idle["tx_packets"] + 10
    exchange(second)
    first.link("down")
    exchange(second)
    first.configure()
    exchange(first)


@pytest.mark.slow
def test_the_whole_machine_runs_without_messages(reboot, port):
    reboot(append="pci=nomsi")
    assert set(vectors(port)) == {""}
    exchange(port)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_more_cpus_than_queues_share_them(kernel, reboot, port):
    # The debug kernel knows 8 processors, so there are fewer of them when the driver looks.
    early, cpus = (4, 8) if kernel.name == kernels.DEBUG else (10, 12)
    reboot(smp=cpus, mem=1024, append=f"maxcpus={early}")
    queues = min(early, 8)
    assert set(vectors(port)) == {"event", *(f"{d}-{n}" for d in ("rx", "tx") for n in range(queues))}
    port.vm.run("\n".join(f"echo 1 >/sys/devices/system/cpu/cpu{cpu}/online"
                          for cpu in range(early, cpus)))  # fmt: skip
    port.link("down")
    port.configure()
    masks = port.vm.run(f"cat /sys/class/net/{port.name}/queues/tx-*/xps_cpus").split()
    dealt = [sum(1 << cpu for cpu in range(queue, cpus, queues)) for queue in range(queues)]
    assert [int(mask, 16) for mask in masks] == dealt
    before = port.counters()
    for cpu in range(cpus):
        port.vm.run(f"taskset -c {cpu} ping -c 1 -W 10 {port.host4}")
    grown = port.counted(before)
    for queue in range(queues):
        assert grown[f"tx{queue}_packets"] >= dealt[queue].bit_count()
    with Streams(port) as streams:
        streams.flow()


# The link


def link_goes_and_comes(port):
    """Pulls the cable and puts it back; the guest must know within a second, as must its users."""
    at = f"/sys/class/net/{port.name}"
    changes = int(port.vm.run(f"cat {at}/carrier_changes"))
    before = port.counters()
    for name, carrier in (("off", "0"), ("on", "1")):
        mark = port.vm.mark()
        port.vm.qmp("set_link", name=f"net{port.number}", up=name == "on")
        # By the guest's clock, and begun after the change.
        late = f"a second after {mark}"
        second = port.vm.spawn(f"usleep {round(1e6 * port.vm.slowness)}; echo {late} >/dev/kmsg")
        told = port.vm.wait_console(f"link (up|down)|{late}", since=mark)
        port.vm.stop(second)
        assert told.group() != late
        assert port.vm.run(f"cat {at}/carrier").strip() == carrier
    assert int(port.vm.run(f"cat {at}/carrier_changes")) == changes + 2
    assert port.counted(before)["event_link"] == 2
    speed = port.vm.run(f"ethtool {port.name}")
    assert "Speed: 1000Mb/s" in speed
    assert "Link detected: yes" in speed
    port.await_up()
    port.ping()


def test_the_link_goes_and_comes(port):
    link_goes_and_comes(port)


@pytest.mark.slow
def test_connections_outlive_a_pulled_cable(port):
    with Streams(port) as streams:
        streams.flow()
        for _ in range(3):
            mark = port.vm.mark()
            port.vm.qmp("set_link", name="net0", up=False)
            port.vm.wait_console("link down", since=mark)
            assert "Link detected: no" in port.vm.run(f"ethtool {port.name}")
            port.vm.qmp("set_link", name="net0", up=True)
            port.vm.wait_console("link up", since=mark)
            streams.flow()


def test_a_cable_pulled_while_the_queues_change_is_not_missed(port):
    """The state is asked for whenever the device is activated, events or not."""
    for up in False, True:
        port.vm.qmp("set_link", name="net0", up=up)
        port.ethtool("-G", f"rx {1024 if up else 512}")
        port.vm.run(f"until [ $(cat /sys/class/net/{port.name}/carrier) = {int(up)} ]\n"
                    "do usleep 10000; done")  # fmt: skip
    port.await_up()
    port.ping()
    port.ethtool("-G", "rx 2048")
