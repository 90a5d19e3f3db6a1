# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What the host sees of a guest with vmguestd, as vSphere would show it."""

import re
import time
from pathlib import Path

import pytest

from lab import cc

from .service import BROKER, REFUSED, WORKER, addresses, start_program

VERSION = "12.3.5"
SETTINGS = "/etc/vmware-tools"
HOOK = """#!/bin/sh
echo "$1" >>/run/hooks
[ ! -e /run/fail ]
"""


def test_it_runs_and_is_current(service):
    state = service.state()
    assert state["name"] == "toolbox"
    assert state["runningStatus"] == "guestToolsRunning"
    assert state["versionText"] == VERSION
    assert state["versionStatus"] == "guestToolsUnmanaged"  # by the guest, as open-vm-tools
    assert {"statechange", "softpowerop_retry", "guest_conf_directory"} <= set(state["capabilities"])
    assert state["heartbeat"]["status"] == "green"


def test_it_describes_itself_in_variables(service, control):
    assert control.get("vmtools.versionString") == VERSION.encode()
    assert b"vmguest" in control.get("vmtools.description")


def test_the_host_knows_the_system(service, control):
    guest = service.state("guest")
    assert guest["malformed"] == 0
    assert guest["hostName"] == "tools.example.org"
    assert guest["os"]["short"] == "debian13-64"
    assert "Debian GNU/Linux 13" in guest["os"]["full"]
    assert guest["uptime"]


def test_the_host_knows_addresses_routes_and_resolvers(service, control):
    def defaults(value):
        return {route["nextHop"]: route["metric"] for route in value["routes"] if not route["prefix"]}

    def complete(value):
        return (addresses(value) >= {"192.0.2.2", "2001:db8::2"} and len(value["routes"]) >= 4
                and any(address.startswith("fe80::") for address in addresses(value))
                and len(defaults(value)) == 2 and value["dns"]["servers"] == ["192.0.2.53"])  # fmt: skip

    service.vm.run("printf 'nameserver 192.0.2.53\\nsearch example.org\\n' >/etc/resolv.conf")
    value = service.await_info("nics", 0, complete)["value"]
    (nic,) = value["nics"]
    assert nic["mac"] == service.vm.run("cat /sys/class/net/eth0/address").strip()
    prefixes = {address["address"]: address["prefix"] for address in nic["addresses"]}
    assert (prefixes["192.0.2.2"], prefixes["2001:db8::2"]) == (24, 64)
    assert defaults(value) == {"192.0.2.1": 100, "2001:db8::1": 200}
    assert value["dns"]["suffixes"] == ["example.org"]
    assert value["dns"]["host"] == "tools"
    assert service.state("guest")["ipAddress"] == "192.0.2.2"


def test_the_host_knows_the_disks(service):
    """As df counts them."""
    (root,) = [disk for disk in service.known("disks")["disks"] if disk["name"] == "/"]
    size, available = map(int, service.vm.run("df -B1 --output=size,avail / | tail -1").split())
    assert root["size"] == size
    assert abs(root["free"] - available) < 32 << 20
    assert root["fstype"] == "ext4"


def test_the_host_knows_the_memory(service):
    assert service.known("memory")


@pytest.mark.parametrize("change, there", [("add", True), ("del", False)])
def test_a_change_of_address_is_seen_soon(service, control, change, there):
    """After half a second of silence, and five since the last message; not with the next look, once a minute."""
    mark = control.mark()
    service.rpc("log changed")
    changed = service.await_event("log", mark, text="changed")
    service.vm.run(f"ip address {change} 192.0.2.77/24 dev eth0")
    seen = service.await_info("nics", mark, lambda value: ("192.0.2.77" in addresses(value)) == there)
    assert seen["time"] - changed["time"] < 8 * service.vm.slowness


def test_a_change_of_name_is_seen(service, control):
    mark = control.mark()
    service.vm.run("hostname renamed")
    service.await_info("hostName", mark, lambda value: value.startswith("renamed"), 75)
    mark = control.mark()
    service.vm.run("hostname tools")
    service.await_info("hostName", mark, lambda value: value.startswith("tools"), 75)


@pytest.mark.thorough
def test_nothing_is_said_twice(service, control):
    """After a look at everything that found nothing new."""
    service.await_event("guestinfo", control.mark(), 90, item="uptime")
    before = service.state("guest")["updates"]
    service.await_event("guestinfo", control.mark(), 90, item="uptime")
    told = service.state("guest")["updates"] - before
    assert told <= 5  # uptime, and what memory there is every twenty seconds


def test_it_answers_pings_and_refuses_what_it_does_not_know(service):
    assert service.tclo("ping") == "OK "
    assert service.tclo("no_such_command") == "ERROR Unknown Command"
    assert service.tclo("Set_Option no.such.option 1") == "ERROR Unknown or invalid option"


def test_it_says_its_address_when_asked(service, control):
    mark = control.mark()
    assert service.tclo("Set_Option broadcastIP 1") == "OK "
    assert service.await_event("var", mark, name="ip")["value"] == "192.0.2.2"


def test_it_runs_no_programs_for_the_host(service, control):
    assert control.tclo(start_program("/usr/bin/touch", "/run/started"), 30) == REFUSED
    assert service.vm.run("cat /run/started", check=False).rc


def test_the_command_shows_the_same(service):
    report = service.report()
    assert report["daemon"]["host"]["registered"] is True
    assert report["daemon"]["host"]["transport"] == "backdoor"
    text = service.vm.run("vmguest status", check=False)
    assert re.search("vmguestd .*registered", text), text


# Its processes


def test_the_process_that_listens_to_the_host_may_do_nothing(service):
    status = service.status()
    assert status["CapPrm"] == status["CapEff"] == status["CapBnd"] == status["CapAmb"] == "0" * 16
    assert status["Uid"].split()[0] != "0"
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert int(status["Seccomp_filters"]) >= 2  # systemd's and its own


TREE = Path(__file__).parents[3]
DAEMON, WANTS = TREE / "userspace/daemon", TREE / "tests/userspace/daemon"


@pytest.fixture(scope="module")
def cage():
    """What tries to get out."""
    sources = [Path(__file__).parent / "guest/cage.c", WANTS / "wants.c", DAEMON / "sandbox.c"]
    return cc.build("cage", sources, (*cc.STATIC, "-D_GNU_SOURCE", f"-I{DAEMON}", f"-I{WANTS}"),
                    [DAEMON / "sandbox.h", WANTS / "wants.h"])  # fmt: skip


def test_whoever_takes_that_process_over_dies_of_what_he_tries(service, cage):
    """In a unit that differs from ours by the program, and by what the program has no use for."""
    service.vm.put("/usr/local/bin/cage", cage.read_bytes(), mode="755")
    service.vm.run(r"""
        sed -E '/^(Alias|Exec|Restart|RuntimeDirectory|Type|WatchdogSec)/d
                s|^\[Service\]|&\nType=oneshot\nExecStart=/usr/local/bin/cage\nStandardOutput=truncate:/run/caged|' \
            /usr/lib/systemd/system/vmguestd.service >/run/systemd/system/cage.service
        systemctl daemon-reload
        systemctl start cage""")
    tried = [line.split() for line in service.vm.run("cat /run/caged").splitlines()]
    assert len(tried) > 10
    assert {caged for _, _, caged in tried} == {"-31"}, tried  # SIGSYS
    # Much of it the unit alone would prevent as well.
    assert {name for name, alone, _ in tried if alone != "0"} >= {"create", "inet", "mount", "reboot", "write"}, tried


def test_the_privileged_process_keeps_what_it_needs(service):
    """CAP_SYS_ADMIN freezes, CAP_SYS_TIME sets the clock, CAP_DAC_READ_SEARCH finds mounts."""
    status = service.status(BROKER)
    assert int(status["CapEff"], 16) == 1 << 21 | 1 << 25 | 1 << 2
    assert int(status["CapInh"], 16) == 0


def test_the_unit_is_as_closed_as_it_can_be(service):
    shown = service.vm.run("systemd-analyze security --no-pager vmguestd.service")
    exposure = float(re.search(r"exposure level for \S+: ([\d.]+)", shown)[1])
    assert exposure <= 1.5, shown


@pytest.mark.parametrize("name", ["open-vm-tools", "vmtoolsd"])
def test_other_software_finds_it_by_the_names_that_it_knows(service, name):
    assert service.properties(name, "Id", "ActiveState") == ["vmguestd.service", "active"]


def test_it_is_small(service):
    """Both processes together."""
    private = 0
    for unit in WORKER, BROKER:
        rollup = service.vm.run(f"cat /proc/{service.pid(unit)}/smaps_rollup")
        private += sum(int(kib) for kib in re.findall(r"^Private_\w+: +(\d+)", rollup, re.MULTILINE))
    assert private <= 2048


# Time


@pytest.fixture
def host_time(service, control):
    """Sets how much the host is ahead; in the end all is as it was."""

    def ahead(seconds):
        control.do("set", what="time-offset", value=seconds)

    yield ahead
    # A step that comes later would be taken for one of the next test's.
    mark = control.mark()
    ahead(0)
    control.do("time", op="sync", backwards=True)
    await_clock(service, mark, 0)
    service.vm.run(CLOCK.format("64"))


# Status bits of the kernel's clock: 64 says that nobody keeps it right.
CLOCK = ("python3 -c 'import ctypes,struct; b=bytearray(512); struct.pack_into(\"i\",b,0,0x14); "
         "struct.pack_into(\"i\",b,40,{}); ctypes.CDLL(None).adjtimex((ctypes.c_char*512).from_buffer(b))'")


def is_ahead(service, seconds):
    """The guest's clock, and by that much; a step leaves it the second behind that the host vouches for."""
    before = time.time()
    now = service.clock()
    return before + seconds - 3 < now < time.time() + seconds + 3


def await_clock(service, since, seconds):
    """Steps come of looks at the clocks, and one may have been under way when the host's was set."""
    since = service.await_event("stop-catchup", since)["seq"]
    while not is_ahead(service, seconds):
        since = service.await_event("stop-catchup", since)["seq"]


def test_the_clock_follows_the_host_when_asked(service, control, host_time):
    """Forward always; back if the host allows it."""
    host_time(1000)
    mark = control.mark()
    assert service.tclo("Time_Synchronize 0") == "OK "
    service.await_event("stop-catchup", mark)
    assert is_ahead(service, 1000)
    mark = control.mark()
    host_time(-1000)
    assert service.tclo("Time_Synchronize 0") == "OK "
    assert service.tclo("ping") == "OK "
    assert is_ahead(service, 1000)
    service.never(mark, "stop-catchup")
    assert service.tclo("Time_Synchronize 1") == "OK "
    service.await_event("stop-catchup", mark)
    assert is_ahead(service, -1000)


def test_the_clock_is_kept_right_when_that_is_switched_on(service, control, host_time):
    service.tclo("Set_Option synctime.period 1")
    service.tclo("Set_Option synctime 1")
    mark = control.mark()
    host_time(500)
    await_clock(service, mark, 500)
    service.tclo("Set_Option synctime 0")


def test_an_ntp_client_is_not_fought(service, control, host_time):
    """The kernel says that there is one; a step that the host asks for is made all the same."""
    service.vm.run(CLOCK.format("0"))
    mark = control.mark()
    host_time(500)
    service.tclo("Set_Option synctime.period 1")
    service.tclo("Set_Option synctime 1")
    service.await_event("log", mark, text="*NTP client*")
    assert is_ahead(service, 0)
    shown = {item["name"]: item["detail"] for item in service.report()["daemon"]["services"]}
    assert "NTP" in shown["timesync"]
    service.never(mark, "stop-catchup")
    service.tclo("Set_Option synctime 0")
    assert service.tclo("Time_Synchronize 0") == "OK "
    service.await_event("stop-catchup", mark)


# State changes


@pytest.mark.parametrize("op", ["poweron", "suspend", "resume"])
def test_a_state_change_runs_its_script_and_is_reported(service, op):
    service.vm.put(f"{SETTINGS}/{op}-vm-default", HOOK.encode(), mode="755")
    service.vm.run("rm -f /run/hooks")
    assert service.power(op) is True
    assert service.vm.run("cat /run/hooks") == f"{op}-vm\n"


def test_a_script_that_fails_is_reported_and_overruled_by_a_second_request(service):
    service.vm.put(f"{SETTINGS}/suspend-vm-default", HOOK.encode(), mode="755")
    service.vm.run("touch /run/fail")
    assert service.power("suspend") is False
    assert service.power("suspend") is True
    service.vm.run("rm /run/fail")
    assert service.power("resume") is True


def test_a_script_that_others_may_write_to_is_not_run(service):
    service.vm.put(f"{SETTINGS}/poweron-vm-default", HOOK.encode(), mode="777")
    service.vm.run("rm -f /run/hooks")
    assert service.power("poweron") is False
    assert service.vm.run("cat /run/hooks", check=False).rc
    service.vm.run(f"chmod 755 {SETTINGS}/poweron-vm-default")
    assert service.power("poweron") is True


def test_scripts_that_the_host_switched_off_are_not_run(service):
    service.vm.run("rm -f /run/hooks")
    assert service.tclo("Set_Option toolScripts.afterResume 0") == "OK "
    assert service.power("resume") is True
    assert service.vm.run("cat /run/hooks", check=False).rc
    assert service.tclo("Set_Option toolScripts.afterResume 1") == "OK "


# The service's own end


def test_a_service_that_is_stopped_is_not_missed(service, control):
    mark = control.mark()
    service.stop("open-vm-tools")
    ended = service.await_event("tools", mark, running=False)
    assert ended["heartbeat"] == "gray"
    for unit in WORKER, BROKER:
        assert service.properties(unit, "ActiveState", "Result") == ["inactive", "success"]
    service.vm.run("systemctl start open-vm-tools")
    service.await_event("tools", ended["seq"], running=True, heartbeat="green")


@pytest.mark.parametrize("unit", [WORKER, BROKER])
def test_it_is_back_when_one_of_its_processes_is_killed(service, control, unit):
    mark = control.mark()
    service.kill(unit)
    service.await_event("capability", mark, name="statechange")
    assert service.power("poweron") is True
    service.never(mark, "tools", heartbeat="yellow")


def test_it_is_restarted_as_often_as_one_likes(service, control):
    """systemd gives up what is started six times in ten seconds, unless it is told not to."""
    for _ in range(8):
        mark = control.mark()
        service.vm.run("systemctl restart vmguestd")
        service.await_event("capability", mark, name="statechange")
    assert service.power("poweron") is True


def test_it_runs_without_systemd(service, control):
    """Started by hand or by another supervisor it makes both processes by itself."""
    service.stop()
    mark = control.mark()
    job = service.vm.spawn("exec vmguestd 2>/run/said")
    try:
        service.await_event("capability", mark, name="statechange")
        # The broker asks how large disks are in a process of its own.
        service.await_event("disks", mark, item="disks")
        assert service.power("poweron") is True
        shown = service.vm.run("for pid in $(pgrep -x vmguestd); do grep -e ^Uid -e ^CapEff -e ^Seccomp: "
                               "/proc/$pid/status | awk '{print $2}' | xargs; done")  # fmt: skip
        user = service.vm.run("id -u vmguest").strip()
        assert sorted(shown.splitlines()) == sorted(["0 0000000002200004 0", f"{user} {'0' * 16} 2"])
        # What it has to say is said where it was started.
        service.vm.run("pkill -HUP -o -x vmguestd; timeout 20 sh -c "
                       "'until grep -q \"configuration was read\" /run/said; do :; done'")
    finally:
        assert service.vm.stop(job).rc == 0
        mark = control.mark()
        service.vm.run("systemctl start vmguestd")
    service.await_event("capability", mark, name="statechange")


def test_a_soft_reboot_really_is_one(service, vm, vm_setup, control):
    vm.qmp("set-action", reboot="reset")
    service.vm.put(f"{SETTINGS}/poweroff-vm-default", b"#!/bin/sh\necho \"$1 has run\" >/dev/console\n",
                   mode="755")  # fmt: skip
    mark = control.mark()
    assert service.power("reboot") is True
    vm.await_restart(timeout=180)
    vm.qmp("set-action", reboot="shutdown")
    assert "poweroff-vm has run" in vm.all_consoles
    service.await_event("statechange", mark, timeout=120, op="poweron")
    assert service.state()["running"]


def test_a_soft_shutdown_switches_the_guest_off(service, vm):
    assert service.power("shutdown") is True
    assert vm.await_exit(120).kind == "clean"
    assert re.search("Reached target .*[Pp]oweroff|Power-Off", vm.console)
