# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""open-vm-tools as Debian packages it, unmodified, on the emulated host: its programs and its service
do what they do on VMware's own.
"""

import calendar
import time

import pytest

from lab import openvmtools
from lab.net import Nic

from .tools import Tools

VERSIONS = {"12": "12.2.0", "13": "13.0.5"}
BACKUP = "/etc/vmware-tools/backupScripts.d"


@pytest.fixture(scope="module", params=openvmtools.SYSTEMS)
def system(request):
    return request.param


@pytest.fixture(scope="session")
def guest_layers(kernel):
    return openvmtools.guest_layers(kernel)


@pytest.fixture(scope="module")
def vmhost_options():
    return {"memory": openvmtools.MEMORY}


@pytest.fixture(scope="module")
def vm_config(vmhost, tap, system):
    return {**openvmtools.config(openvmtools.disk(system), vmhost), "nics": [Nic(tap, "virtio-net-pci")]}


@pytest.fixture(scope="module")
def vm_setup():
    def settle(vm):
        state = vm.run("systemctl is-system-running --wait || systemctl --failed", 180, check=False)
        assert state == "running\n"
        vm.run("ip link set eth0 up && ip address add 192.0.2.2/24 dev eth0 && "
               "ip route add default via 192.0.2.1")  # fmt: skip

    return settle


@pytest.fixture
def tools(vm, control):
    tools = Tools(vm, control)
    tools.await_running()
    return tools


# Programs


def test_checkvm_recognises_the_host(tools):
    assert tools.program("vmware-checkvm") == (0, "VMware software version 6 (good)\n", "")
    assert tools.program("vmware-checkvm -p") == (0, "ESX Server\n", "")


def test_variables_pass_both_ways(tools, control):
    assert tools.program("vmware-rpctool 'info-set guestinfo.mine it is so'") == (0, "\n", "")
    assert control.do("var-get", name="mine")["value"] == "it is so"
    control.do("var-set", name="yours", value="so it is")
    assert tools.program("vmware-rpctool 'info-get guestinfo.yours'") == (0, "so it is\n", "")
    assert tools.program("vmtoolsd --cmd 'info-get guestinfo.yours'")[:2] == (0, "so it is\n")
    control.do("var-set", name="yours", value=None)
    assert tools.program("vmware-rpctool 'info-get guestinfo.yours'") == (1, "", "No value found\n")


@pytest.mark.parametrize("size", [1, 4, 1000, 60000])
def test_a_variable_may_be_long(tools, control, size):
    value = "".join(chr(97 + i * i % 26) for i in range(size))
    tools.vm.put("/run/request", f"info-set guestinfo.long {value}".encode())
    tools.vm.run('vmware-rpctool "$(cat /run/request)"')
    assert control.do("var-get", name="long")["value"] == value
    assert tools.rpc("info-get guestinfo.long") == f"{value}\n"


def test_the_host_keeps_a_log(tools, control):
    mark = control.mark()
    tools.rpc("log from the guest")
    tools.await_event("log", mark, text="from the guest")   # the service has a log as well


def test_what_no_host_knows_is_refused(tools):
    status, out, err = tools.program("vmware-rpctool 'no.such.thing x'")
    assert (status, out, err) == (1, "", "Unknown command\n")


@pytest.mark.parametrize("what, answer", [
    ("speed", "1000 MHz"), ("balloon", "0 MB"), ("swap", "0 MB"), ("memlimit", "4294967295 MB"),
    ("memres", "0 MB"), ("cpures", "0 MHz"), ("cpulimit", "4294967295 MHz"),
    ("sessionid", "0x1122334455667788"),
])  # fmt: skip
def test_statistics_of_the_host_are_shown(tools, what, answer):
    assert tools.program(f"vmware-toolbox-cmd stat {what}") == (0, f"{answer}\n", "")


def test_the_time_of_the_host_is_shown(tools):
    before = time.time()
    shown = str(tools.vm.run("TZ=UTC vmware-toolbox-cmd stat hosttime")).strip()
    assert before - 1 < calendar.timegm(time.strptime(shown, "%d %b %Y %H:%M:%S")) <= time.time()


def test_a_program_sends_the_addresses_by_itself(tools, control):
    mark = control.mark()
    tools.vm.run("vmware-toolbox-cmd info update network")
    # The service may have looked before there was an address, and tell of it only now.
    while "192.0.2.2" not in addresses((told := tools.await_event("nics", mark))["value"]):
        mark = told["seq"]


def test_a_session_that_moved_has_another_name(tools, control):
    before = tools.vm.run("vmware-toolbox-cmd stat sessionid")
    control.do("migrate")
    assert tools.vm.run("vmware-toolbox-cmd stat sessionid") != before


# The service: what it says of itself


def addresses(value):
    return [address["address"] for nic in value["nics"] for address in nic["addresses"]]


def test_it_registers(tools, system):
    state = tools.state()
    assert state["name"] == "toolbox"
    assert state["runningStatus"] == "guestToolsRunning"
    assert state["versionText"] == VERSIONS[system]
    assert state["typeName"] == "open-vm-tools"
    assert state["versionStatus"] == "guestToolsUnmanaged"
    assert {"statechange", "softpowerop_retry", "guest_conf_directory"} <= set(state["capabilities"])
    assert state["unifiedLoop"] == "toolbox"
    assert state["heartbeat"]["status"] == "green"


def test_it_describes_itself_in_variables(tools, control, system):
    if control.get("vmtools.versionString") is None:
        tools.await_event("var", 0, name="vmtools.versionString")
    assert control.do("var-get", name="vmtools.versionString")["value"] == VERSIONS[system]


def test_it_tells_of_its_guest(tools, system):
    for item in "hostName", "os", "uptime", "disks", "nics":
        if item not in tools.state("guest"):
            tools.await_event([item, "guestinfo"], 0, item=item)
    guest = tools.state("guest")
    assert guest["malformed"] == 0
    assert guest["hostName"].startswith("tools")
    release = {"12": "12", "13": "13"}[system]
    assert guest["os"]["short"] == f"debian{release}-64"
    assert "Debian GNU/Linux" in guest["os"]["full"]
    (root,) = [disk for disk in guest["disks"]["disks"] if disk["name"] == "/"]
    assert 1 << 30 < root["size"] < 2 << 30 and 0 < root["free"] < root["size"]


def test_it_counts_what_memory_there_is(tools):
    """Every twenty seconds."""
    if "memory" not in tools.state("guest"):
        tools.await_event("guestinfo", 0, item="memory")
    assert tools.state("guest")["memory"]


def test_it_says_its_address_when_asked(tools, control):
    mark = control.mark()
    assert tools.tclo("Set_Option broadcastIP 1") == "OK "
    assert tools.await_event("var", mark, name="ip")["value"] == "192.0.2.2"


def test_its_properties_are_known(tools):
    assert tools.state()["properties"]


def set_patience(control, **seconds):
    for name, value in seconds.items():
        control.do("set", what="config", name=f"vmhost.heartbeat.{name}", value=value)


def test_it_beats_as_long_as_it_lives(tools, control):
    mark = control.mark()
    set_patience(control, yellow=1.5, stopped=3)
    tools.vm.run("pkill -STOP -x vmtoolsd")
    tools.await_event("tools", mark, heartbeat="yellow")
    tools.await_event("tools", mark, heartbeat="red", running=False)
    mark = control.mark()
    tools.vm.run("pkill -CONT -x vmtoolsd")
    tools.await_event("tools", mark, heartbeat="green")
    set_patience(control, yellow=10, stopped=30)


def test_a_service_that_is_stopped_is_not_missed(tools, control):
    mark = control.mark()
    tools.vm.run("systemctl stop open-vm-tools")
    assert tools.await_event("tools", mark, running=False)["heartbeat"] == "gray"
    mark = control.mark()
    tools.vm.run("systemctl start open-vm-tools")
    tools.await_event("tools", mark, running=True, heartbeat="green")


# The service: what it does


def test_it_answers_pings_and_refuses_what_it_does_not_know(tools):
    assert tools.tclo("ping") == "OK "
    assert tools.tclo("no_such_command") == "ERROR Unknown Command"


def test_options_are_taken(tools):
    assert tools.tclo("Set_Option enableDnD 0") == "OK "


def test_time_synchronisation_is_switched_by_the_guest(tools, control):
    assert tools.program("vmware-toolbox-cmd timesync status") == (69, "Disabled\n", "")
    mark = control.mark()
    assert tools.program("vmware-toolbox-cmd timesync enable") == (0, "Enabled\n", "")
    assert tools.await_event("option", mark, name="synctime", value="1")["by"] == "guest"
    tools.await_event("tclo", mark, command="Set_Option synctime 1", reply="OK ")
    assert tools.program("vmware-toolbox-cmd timesync status") == (0, "Enabled\n", "")
    assert tools.program("vmware-toolbox-cmd timesync disable") == (0, "Disabled\n", "")
    tools.await_event("tclo", mark, command="Set_Option synctime 0", reply="OK ")
    assert tools.program("vmware-toolbox-cmd timesync status") == (69, "Disabled\n", "")


def is_ahead(tools, seconds):
    """Of this clock, give or take what setting a clock does to it; however long it takes to read that one."""
    before = time.time()
    read = tools.clock()
    return before - 2 < read - seconds < time.time() + 2


def test_the_clock_follows_the_host(tools, control):
    """Forward always; back if the host allows it."""
    try:
        control.do("set", what="time-offset", value=1000)
        mark = control.mark()
        assert tools.tclo("Time_Synchronize 0") == "OK "
        tools.await_event("stop-catchup", mark)
        assert is_ahead(tools, 1000)
        control.do("set", what="time-offset", value=-1000)
        assert tools.tclo("Time_Synchronize 0") == "OK "
        assert is_ahead(tools, 1000)
        assert tools.tclo("Time_Synchronize 1") == "OK "
        assert is_ahead(tools, -1000)
    finally:
        control.do("set", what="time-offset", value=0)
        tools.tclo("Time_Synchronize 1")
    assert is_ahead(tools, 0)


HOOK = """#!/bin/sh
echo "$1" >>/run/hooks
[ ! -e /run/fail ]
"""


@pytest.mark.parametrize("op, number", [("poweron", 3), ("suspend", 5), ("resume", 4)])
def test_a_state_change_runs_its_scripts(tools, control, op, number):
    folder = f"/etc/vmware-tools/scripts/{op}-vm-default.d"
    tools.vm.run(f"mkdir -p {folder}; rm -f /run/hooks /run/fail")
    tools.vm.put(f"{folder}/hook", HOOK.encode(), mode="755")
    mark = control.mark()
    assert tools.power(op) == "OK "
    assert tools.await_event("statechange", mark, op=op) | {"status": True, "id": number} == \
        tools.await_event("statechange", mark, op=op)  # fmt: skip
    assert tools.vm.run("cat /run/hooks") == f"{op}-vm\n"


def test_a_script_that_fails_is_reported_and_overruled_by_a_second_request(tools, control):
    tools.vm.put("/etc/vmware-tools/scripts/suspend-vm-default.d/hook", HOOK.encode(), mode="755")
    tools.vm.run("touch /run/fail")
    for expected in False, True:
        mark = control.mark()
        assert tools.power("suspend") == "OK "
        assert tools.await_event("statechange", mark, op="suspend")["status"] is expected
    tools.vm.run("rm /run/fail")
    mark = control.mark()
    tools.power("resume")
    tools.await_event("statechange", mark, op="resume")


def test_scripts_that_the_host_switched_off_are_not_run(tools, control):
    tools.vm.run("rm -f /run/hooks")
    assert tools.tclo("Set_Option toolScripts.afterResume 0") == "OK "
    mark = control.mark()
    tools.power("resume")
    assert tools.await_event("statechange", mark, op="resume")["status"]
    assert tools.vm.run("cat /run/hooks", check=False).rc
    assert tools.tclo("Set_Option toolScripts.afterResume 1") == "OK "


# Snapshots of a quiet guest


@pytest.fixture
def scripts(tools):
    """Their arguments are in /run/backup."""
    tools.vm.run(f"rm -f /run/backup; mkdir -p {BACKUP}")
    for name in "10-first", "20-second":
        script = f'#!/bin/sh\necho "{name} $*" >>/run/backup\n[ ! -e /run/fail-{name} ]\n'
        tools.vm.put(f"{BACKUP}/{name}", script.encode(), mode="755")
    yield
    tools.vm.run(f"rm -rf {BACKUP}/* /run/fail-*")


def is_frozen(vm):
    """The kernel refuses to freeze what is frozen."""
    found = vm.run("fsfreeze -f / && fsfreeze -u /", check=False)
    assert found.rc in (0, 1), found
    return found.rc == 1


def test_a_snapshot_finds_the_file_systems_frozen(tools, control, scripts):
    mark = control.mark()
    tools.quiesce("start", auto=False)
    tools.await_event("backup", mark, what="prov.snapshotCommit")
    assert tools.state("quiesce")["state"] == "frozen"
    assert is_frozen(tools.vm)
    tools.quiesce("done")
    tools.await_event("backup", mark, what="req.done")
    assert not is_frozen(tools.vm)
    told = [event["what"] for event in tools.state("quiesce")["events"]]
    assert [what for what in told if what != "req.keepAlive"][:2] == ["reset", "prov.snapshotCommit"]
    assert tools.vm.run("cat /run/backup").splitlines() == [
        "10-first freeze", "20-second freeze", "20-second thaw", "10-first thaw"]  # fmt: skip


def test_a_snapshot_that_is_given_up_thaws(tools, control, scripts):
    mark = control.mark()
    tools.quiesce("start", auto=False)
    tools.await_event("backup", mark, what="prov.snapshotCommit")
    tools.quiesce("abort")
    assert tools.await_event("backup", mark, what="req.aborted")["code"]
    tools.await_event("backup", mark, what="req.done")
    assert not is_frozen(tools.vm)


def test_a_script_that_fails_ends_the_snapshot(tools, control, scripts):
    tools.vm.run("touch /run/fail-20-second")
    mark = control.mark()
    tools.quiesce("start", auto=False)
    assert tools.await_event("backup", mark, what="req.error")["code"] == 2
    tools.await_event("backup", mark, what="req.done")
    assert not is_frozen(tools.vm)
    assert "10-first freezeFail" in tools.vm.run("cat /run/backup")


def test_the_host_hears_of_a_guest_that_waits(tools, control, scripts):
    mark = control.mark()
    tools.quiesce("start", auto=False)
    tools.await_event("backup", mark, what="prov.snapshotCommit")
    tools.await_event("backup", mark, what="req.keepAlive")
    tools.quiesce("done")
    tools.await_event("backup", mark, what="req.done")
    assert tools.state("quiesce")["longestGap"] < 5 * tools.vm.slowness


# What a host may do to it


@pytest.mark.parametrize("fault", [
    "open-refused", "cookies-refused", "bad-cookie", "closed", "forgotten", "fail", "cpt", "unsent",
    "hb-off", "reply-late",
])  # fmt: skip
def test_it_is_there_again_after(tools, control, fault):
    """What was wrong once: a program may have failed, but nothing stays broken."""
    mark = control.mark()
    control.do("fault", name=fault)
    status, _, _ = tools.program("vmware-rpctool 'info-set guestinfo.after fault'")
    assert status in (0, 1)
    tools.await_event("fault", mark, name=fault)
    control.do("fault", clear=True)
    assert tools.program("vmware-rpctool 'info-set guestinfo.after fault'")[0] == 0
    tools.await_running()
    assert tools.tclo("ping") == "OK "


@pytest.mark.parametrize("verb", ["checkpoint", "snapshot", "resume", "migrate"])
def test_it_goes_on_after(tools, control, verb):
    """Its channels may be gone; a command waits until there is one."""
    control.do(verb)
    assert tools.tclo("ping") == "OK "
    assert tools.rpc("info-set guestinfo.after x") == "\n"


# Its end


def test_a_soft_reboot_really_is_one(tools, vm, control):
    vm.qmp("set-action", reboot="reset")
    mark = control.mark()
    assert tools.power("reboot") == "OK "
    assert tools.await_event("statechange", mark, op="reboot")["status"]
    vm.await_restart(timeout=180)
    vm.qmp("set-action", reboot="shutdown")
    tools.await_event("capability", mark, timeout=90, name="statechange")
    assert tools.state()["running"]


def test_a_soft_shutdown_switches_the_guest_off(tools, vm, control):
    mark = control.mark()
    assert tools.power("shutdown") == "OK "
    assert tools.await_event("statechange", mark, op="shutdown")["status"]
    assert vm.await_exit(120).kind == "clean"
    assert "reboot: Power down" in vm.console
