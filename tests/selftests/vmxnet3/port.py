# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A NIC under test, seen from both ends: the guest's interface and the host's tap.

Here is what tests do with it: addresses, settings that are put back, counters, and frames sent
one way that must come out the other. How frames look is in packets.py; streams between programs
are the lab's traffic.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lab import LabError, traffic
from lab.net import Capture, Frame, Tap
from lab.vm import VM, Output

from . import packets

# Of the documentation's networks; the host is .1, the guest .2.
NETS4 = ("192.0.2", "198.51.100")
VLAN_HOST, VLAN_GUEST = "203.0.113.1", "203.0.113.2"


SMALL_RX1, SMALL_RX2 = 512, 256  # receive rings of suites that need few buffers


def make_tap(number: int, **options: object) -> Tap:
    """A tap for NIC `number` with the host's addresses there."""
    addresses = (f"{NETS4[number]}.1/24", f"2001:db8:{number}::1/64")
    return Tap(f"tap{number}", addresses=addresses, **options)


@dataclass(frozen=True)
class Port:
    vm: VM
    tap: Tap
    number: int

    @property
    def name(self) -> str:
        """In the guest."""
        return f"eth{self.number}"

    @property
    def host4(self) -> str:
        return f"{NETS4[self.number]}.1"

    @property
    def guest4(self) -> str:
        return f"{NETS4[self.number]}.2"

    @property
    def host6(self) -> str:
        return f"2001:db8:{self.number}::1"

    @property
    def guest6(self) -> str:
        return f"2001:db8:{self.number}::2"

    @property
    def mac(self) -> str:
        """The guest's, as the guest says."""
        return self.vm.run(f"cat /sys/class/net/{self.name}/address").strip()

    # Settings

    def configure(self) -> None:
        """Brings the interface up and gives it its addresses; may be done again at any time."""
        conf6 = f"/proc/sys/net/ipv6/conf/{self.name}"
        self.vm.run(
            # Below 1280 bytes of MTU there is no IPv6, so nothing to configure either.
            f"[ ! -e {conf6} ] || echo 0 >{conf6}/router_solicitations\n"
            f"[ ! -e {conf6} ] || echo 0 >{conf6}/accept_dad\n"
            f"set -e; ip link set {self.name} up\n"
            f"ip address replace {self.guest4}/24 dev {self.name}\n"
            f"ip address replace {self.guest6}/64 dev {self.name} nodad\n"
            + self._until_up
        )

    def await_up(self) -> None:
        """Until the core lets packets through, which it does some time after the driver has told it
        of the link.
        """
        self.vm.run(self._until_up)

    @property
    def _until_up(self) -> str:
        return f"until grep -q up /sys/class/net/{self.name}/operstate; do usleep 10000; done"

    def link(self, words: str) -> Output:
        """`ip link set` on the interface."""
        return self.vm.run(f"ip link set dev {self.name} {words}")

    def ethtool(self, option: str, words: str = "", check: bool = True) -> Output:
        return self.vm.run(f"ethtool {option} {self.name} {words}", check=check)

    @contextmanager
    def mtu(self, mtu: int) -> Iterator[None]:
        """Another MTU, here and on the tap."""
        self.tap.set_mtu(max(mtu, 1500))
        self.link(f"mtu {mtu}")
        try:
            yield
        finally:
            self.link("mtu 1500")
            self.tap.set_mtu(1500)
            # Small MTUs cost the interface its addresses.
            self.configure()

    @contextmanager
    def address(self, mac: str) -> Iterator[None]:
        """Another MAC address."""
        before = self.mac
        self.link(f"address {mac}")
        try:
            yield
        finally:
            self.link(f"address {before}")

    @contextmanager
    def flag(self, name: str) -> Iterator[None]:
        """`promisc` or `allmulticast`, on."""
        self.link(f"{name} on")
        try:
            yield
        finally:
            self.link(f"{name} off")

    @contextmanager
    def vlan(self, vid: int) -> Iterator[str]:
        """A VLAN of the guest, with an address; gives its name. The host's end is packets alone."""
        name = f"vlan{vid}"
        self.vm.run(f"set -e; ip link add link {self.name} name {name} type vlan id {vid}\n"
                    f"ip address add {VLAN_GUEST}/24 dev {name}; ip link set {name} up\n"
                    f"ip neigh replace {VLAN_HOST} lladdr {self.tap.mac} dev {name}")  # fmt: skip
        try:
            yield name
        finally:
            self.vm.run(f"ip link delete {name}")

    def offloads(self) -> dict[str, bool]:
        """What `ethtool -k` shows as on or off."""
        shown = json.loads(self.vm.run(f"ethtool --json -k {self.name}"))[0]
        return {name: on["active"] for name, on in shown.items() if name != "ifname"}

    @contextmanager
    def offload(self, words: str) -> Iterator[None]:
        """Other offloads, in the words of `ethtool -K`."""
        before = self.offloads()
        if words:
            self.ethtool("-K", words)
        try:
            yield
        finally:
            after = self.offloads()
            changed = [f"{name} {'on' if on else 'off'}" for name, on in before.items()
                       if after[name] != on]  # fmt: skip
            if changed:
                self.ethtool("-K", " ".join(changed))

    def limit_queues(self, least: int, *queues: int) -> None:
        """Has the core stop these transmit queues for no less than that many bytes in flight. Only at
        a queue that is stopped its watchdog looks: who has the others wait for long raises this.
        """
        # It is heeded from the next completion on.
        self.vm.run("\n".join(
            f"echo {least} >/sys/class/net/{self.name}/queues/tx-{tx}/byte_queue_limits/limit_min\n"
            f"taskset {1 << tx:x} lab-nettool udp-send {self.host4} 9 1" for tx in queues))

    # Counters

    def counters(self) -> dict[str, int]:
        """The driver's own, by name."""
        lines = re.findall(r"^ *(\S.*): (\d+)$", self.ethtool("-S"), re.MULTILINE)
        return {name: int(value) for name, value in lines}

    def counted(self, before: dict[str, int]) -> dict[str, int]:
        """By how much each has grown since."""
        return {name: value - before.get(name, 0) for name, value in self.counters().items()}

    # Frames

    def echo(self, requests: Sequence[bytes], window: int = 32) -> list[Frame]:
        """Sends the guest echo requests of packets.py and checks what it answers, byte for byte."""
        wanted: dict[int, bytes] = {packets.echo_number(frame): frame for frame in requests}
        assert len(wanted) == len(requests)
        with self.tap.capture() as capture:
            for start in range(0, len(requests), window):
                part = requests[start : start + window]
                for frame in part:
                    self.tap.send(frame)
                self._await_answers(capture, start + len(part), wanted)
        answers = [frame for frame in capture.frames if packets.is_echo_reply(frame)]
        for answer in answers:
            packets.assert_answers(answer.data, wanted.pop(packets.echo_number(answer.data)))
        return answers

    def _await_answers(self, capture: Capture, count: int, wanted: dict[int, bytes]) -> None:
        try:
            capture.wait(packets.is_echo_reply, timeout=10 * self.vm.slowness, count=count)
        except LabError as error:
            came = {packets.echo_number(frame.data) for frame in capture.frames
                    if packets.is_echo_reply(frame)}  # fmt: skip
            sent = [frame for frame in list(wanted)[:count]]
            sizes = [len(wanted[number]) for number in sent if number not in came]
            raise LabError(f"no answer to frames of {sizes} bytes") from error

    def echo_vlan(self, vid: int, payload: int = 100) -> list[Frame]:
        """One echo in a VLAN."""
        return self.echo([packets.echo4(self.tap.mac, self.mac, VLAN_HOST, VLAN_GUEST, 1, payload,
                                        vlan=vid)])  # fmt: skip

    def echo_lengths(self, lengths: Iterable[int]) -> list[Frame]:
        """Echoes over IPv4, of frames of the given lengths, each with other content."""
        mac, own = self.mac, self.tap.mac
        head = packets.ETH + packets.IP4 + packets.ICMP_HEAD
        return self.echo([
            packets.echo4(own, mac, self.host4, self.guest4, number, length - head)
            for number, length in enumerate(lengths)
        ])  # fmt: skip

    def ping(self, payload: int = 56, ipv6: bool = False) -> Frame:
        """One checked echo of that many bytes."""
        make = packets.echo6 if ipv6 else packets.echo4
        host, guest = (self.host6, self.guest6) if ipv6 else (self.host4, self.guest4)
        request = make(self.tap.mac, self.mac, host, guest, 1, payload)
        return self.echo([request])[0]

    def deliver(self, sent: Sequence[bytes], expected: Sequence[bytes],
                at: str = "") -> list[tuple[int, int, int, bytes]]:  # fmt: skip
        """Sends the guest frames of packets.raw(); those expected, and no others, must come first
        at the interface, or at that named by `at`.

        To show that a frame is not received, send one that is after it.
        """
        sink = traffic.guest(self.vm, "frames", "-t", 10 * round(self.vm.slowness), "recv",
                             at or self.name, len(expected), f"{packets.TEST_TYPE:#06x}")  # fmt: skip
        for frame in sent:
            self.tap.send(frame)
        seen = sink.frames()
        assert [frame[3].hex() for frame in seen] == [frame.hex() for frame in expected]
        return seen

    def request(self, frame: bytes, vnet: tuple[int, ...], through: str = "") -> list[Frame]:
        """Has the guest's stack hand the driver a packet with a request, both of packets.py;
        returns what comes of it. `through` may name an interface on top of this one."""
        head = vnet[2] or len(frame)
        assert frame[head:] == packets.counted(len(frame) - head)
        words = ":".join(map(str, vnet))
        with self.tap.capture() as capture:
            self.vm.run(f"lab-frames -v {words} -l {len(frame) - head} "
                        f"send {through or self.name} 1 {frame[:head].hex()}")  # fmt: skip
            self.ping()  # what comes of it is there before that
        return [one for one in capture.frames if not one.outgoing and packets.PORTS in one.data]

    def inject(self, frame: bytes, vnet: tuple[int, ...]) -> None:
        """The other way: hands the guest's device a packet with a request."""
        names = ("flags", "gso_type", "hdr_len", "gso_size", "csum_start", "csum_offset")
        self.tap.send(frame, **dict(zip(names, vnet, strict=True)))

    def captured(self, match: Callable[[Frame], bool], command: str) -> Frame:
        """Runs a command in the guest and returns the first frame that matches."""
        with self.tap.capture() as capture:
            self.vm.run(command)
            return capture.wait(match, timeout=10 * self.vm.slowness)
