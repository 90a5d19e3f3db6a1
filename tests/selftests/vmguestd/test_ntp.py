# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The clock with chrony as it is packaged, and without it: there is one who keeps it right, never two."""

from __future__ import annotations

import time

import pytest

pytestmark = pytest.mark.thorough

# A server that leaves the clock alone, and a client of it, in the same guest.
SERVER = "local stratum 1\nallow 127.0.0.1\ncmdport 0\nbindcmdaddress /\npidfile /run/ntp-server.pid\n"
CLIENT = ("server 127.0.0.1 iburst minpoll 0 maxpoll 0\nport 0\ncmdport 0\nbindcmdaddress /\nrtcsync\n"
          "pidfile /run/chrony/chronyd.pid\n")  # fmt: skip

# Until the kernel says that somebody keeps its clock (0), or nobody (1).
AWAIT = """python3 - <<'.'
import ctypes, struct
libc, timex = ctypes.CDLL(None), bytearray(512)
while True:
    struct.pack_into("i", timex, 0, 0)
    libc.adjtimex((ctypes.c_char * 512).from_buffer(timex))
    if struct.unpack_from("i", timex, 40)[0] >> 6 & 1 == {unsynchronised}:
        break
.
"""

# The largest error that the kernel takes for possible grows by 0.5 ms a second, up to 16 s.
HOURS = """python3 - <<'.'
import ctypes, struct
timex = bytearray(512)
struct.pack_into("i", timex, 0, 4)
struct.pack_into("q", timex, 24, 16_000_000)
assert ctypes.CDLL(None).adjtimex((ctypes.c_char * 512).from_buffer(timex)) >= 0
.
"""


@pytest.fixture
def chrony(service):
    """A client of NTP that has found out what time it is."""
    service.vm.put("/run/ntp-server.conf", SERVER.encode())
    service.vm.put("/run/ntp-client.conf", CLIENT.encode())
    service.vm.run("mkdir -p /run/chrony")
    server = service.vm.spawn("exec chronyd -d -x -u root -f /run/ntp-server.conf >/run/ntp-server.log 2>&1")
    client = service.vm.spawn("exec chronyd -d -u root -f /run/ntp-client.conf >/run/ntp-client.log 2>&1")
    service.vm.run("timeout 120 " + AWAIT.format(unsynchronised=0), timeout=130)
    yield client
    service.vm.stop(client)
    service.vm.stop(server)


@pytest.fixture
def host_time(service, control):
    """Sets how much the host is ahead; in the end all is as it was."""
    yield lambda seconds: control.do("set", what="time-offset", value=seconds)
    service.tclo("Set_Option synctime 0")
    control.do("set", what="time-offset", value=0)
    mark = control.mark()
    service.tclo("Time_Synchronize 1")
    service.await_event("stop-catchup", mark)


def offset(service):
    """At least and at most: the guest is asked in between, which may take its time."""
    before = time.time()
    clock = service.clock()
    return clock - time.time(), clock - before


def counter(service, name):
    return service.report()["daemon"]["counters"][name]


def test_chrony_is_left_alone_and_reported(service, control, chrony, host_time):
    before = counter(service, "clock_steps"), counter(service, "clock_slews")
    mark = control.mark()
    host_time(500)
    service.tclo("Set_Option time.synchronize.tools.slewCorrection 1")
    service.tclo("Set_Option synctime.period 1")
    service.tclo("Set_Option synctime 1")
    service.await_event("log", mark, text="*NTP client is used")
    # So it is in its own log and in what the command shows.
    assert "chrony keeps the clock right" in service.vm.run("journalctl -b -u vmguestd -o cat")
    shown = {item["name"]: item["detail"] for item in service.report()["daemon"]["services"]}
    assert shown["timesync"] == "an NTP client keeps the clock"
    assert "timesync standby" in service.vm.run("vmguest status", check=False)
    # It has looked each second meanwhile.
    least, most = offset(service)
    assert least < 3 and most > -3
    assert (counter(service, "clock_steps"), counter(service, "clock_slews")) == before
    service.never(mark, "stop-catchup")


def test_without_chrony_the_host_keeps_the_clock(service, control, chrony, host_time):
    """chrony ends without a word to the kernel, which by itself gives up hope after hours: they are taken
    as passed.
    """
    service.tclo("Set_Option synctime.period 1")
    service.tclo("Set_Option synctime 1")
    service.vm.stop(chrony)
    service.vm.run(HOURS)
    service.vm.run("timeout 60 " + AWAIT.format(unsynchronised=1), timeout=70)
    mark = control.mark()
    host_time(500)
    service.await_event("stop-catchup", mark)
    least, most = offset(service)
    assert least < 503 and most > 498


def test_small_errors_are_slewed_and_large_ones_stepped(service, control, host_time):
    """What the host itself vouches for, a second to either side, is no reason to step."""
    service.tclo("Set_Option time.synchronize.tools.slewCorrection 1")
    service.tclo("Set_Option synctime.period 1")
    # A step puts it to the edge of what the host vouches for, a second behind.
    mark = control.mark()
    host_time(-100)
    service.tclo("Time_Synchronize 1")
    service.await_event("stop-catchup", mark)
    host_time(-100.5)
    slews, steps = counter(service, "clock_slews"), counter(service, "clock_steps")
    mark = control.mark()
    service.tclo("Set_Option synctime 1")
    end = time.monotonic() + 30 * service.vm.slowness
    while counter(service, "clock_slews") < slews + 2:
        assert time.monotonic() < end
    service.never(mark, "stop-catchup")
    assert counter(service, "clock_steps") == steps
    host_time(-98)
    service.await_event("stop-catchup", mark)
    assert counter(service, "clock_steps") > steps
    # What had been begun is taken back with the loop.
    service.tclo("Set_Option synctime 0")
