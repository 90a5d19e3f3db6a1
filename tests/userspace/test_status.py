# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""status, top and --metrics, on a system that is a folder, with a daemon that is a thread."""

from __future__ import annotations

import json
import os
import re
import shutil
import select
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from .guest import Guest
from .test_manual import names_in, report_names

REPLY = {"ok": True, "version": 1, "daemon": {
    "version": "10.0.0", "pid": 17, "uptime_sec": 3700,
    "host": {"transport": "backdoor", "connected": True, "registered": True, "last_poll_msec": 12},
    "services": [{"name": "guestinfo", "state": "ok"}, {"name": "power", "state": "ok"}],
    "counters": {"rpci_requests": 12, "tclo_commands": 5}, "problems": [],
}}  # fmt: skip


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def device(root: Path, address: str, ids: str, driver: str) -> Path:
    folder = root / "sys/bus/pci/devices" / address
    vendor, number = ids.split(":")
    write(folder, {"vendor": f"0x{vendor}\n", "device": f"0x{number}\n"})
    if driver:
        module = root / "sys/module" / driver
        (root / "sys/bus/pci/drivers" / driver).mkdir(parents=True, exist_ok=True)
        write(module, {"version": "10.0.0\n"})
        (folder / "driver").symlink_to(root / "sys/bus/pci/drivers" / driver)
        (root / "sys/bus/pci/drivers" / driver / "module").symlink_to(module)
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with a NIC, a controller with a disk, VMCI without a driver, and a balloon."""
    root = tmp_path / "root"
    write(root, {
        "sys/class/dmi/id/product_name": "VMware7,1\n",
        "proc/sys/kernel/osrelease": "6.1.0-50-amd64\n",
        "proc/uptime": "90061.12 1000.00\n",
        "proc/1/comm": "systemd\n",
        "sys/module/vmw_balloon/version": "10.0.0\n",
        "sys/devices/platform/vmw_balloon/size_bytes": "536870912\n",
        "sys/devices/platform/vmw_balloon/target_bytes": "1073741824\n",
        "dev/vsock": "",
    })  # fmt: skip
    nic = device(root, "0000:03:00.0", "15ad:07b0", "vmxnet3")
    write(nic / "net/ens192", {"operstate": "up\n", "mtu": "1500\n",
                               "statistics/rx_bytes": "5242880\n",
                               "statistics/tx_dropped": "3\n"})  # fmt: skip
    scsi = device(root, "0000:0b:00.0", "15ad:07c0", "vmw_pvscsi")
    write(scsi / "host0/target0/block/sda", {
        "stat": "7 0 16 1 9 0 32 2 4 0 0\n", "device/timeout": "180\n"})
    (root / "sys/block").mkdir()
    (root / "sys/block/sda").symlink_to(scsi / "host0/target0/block/sda")
    vmci = device(root, "0000:00:07.7", "15ad:0740", "")
    write(vmci, {"msi_irqs/30": "msix\n", "msi_irqs/31": "msix\n", "irq": "16\n"})
    write(root / "sys/kernel/irq", {"30/per_cpu_count": "5,0,2\n", "31/per_cpu_count": "4000000000,1,0\n",
                                    "16/per_cpu_count": "9,9,9\n"})  # fmt: skip
    device(root, "0000:00:01.0", "8086:7190", "")
    return root


DRIPS = object()


class Daemon:
    """What answers at the control socket; `reply` is an object, or bytes, or nothing, or one byte over and over."""

    def __init__(self, root: Path) -> None:
        self.reply: object = REPLY
        self.asked: list[object] = []
        folder = root / "run/vmguestd"
        folder.mkdir(parents=True)
        self._socket = socket.socket(socket.AF_UNIX)
        # A path longer than an address takes is bound by its folder.
        self.path = folder / "control"
        self._socket.bind(str(self.path))
        self._socket.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            with client, client.makefile("rwb") as file:
                self.asked.append(json.loads(file.readline()))
                text = self.reply
                if text is None:
                    file.read()  # until the client has enough of it
                elif text is DRIPS:
                    while not select.select([client], [], [], 0.1)[0]:
                        client.sendall(b" ")
                else:
                    file.write(text if isinstance(text, bytes) else json.dumps(text).encode() + b"\n")

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def daemon(root: Path) -> Iterator[Daemon]:
    daemon = Daemon(root)
    yield daemon
    daemon.close()


@pytest.fixture
def vmguest(programs: Path, root: Path):
    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run([programs / "vmguest", *words, "--root", root], capture_output=True,
                              text=True, check=False)  # fmt: skip

    return run


def test_one_screen_says_all(vmguest, daemon: Daemon):
    done = vmguest("status")
    assert done.returncode == 1 and not done.stderr  # VMCI has no driver
    lines = done.stdout.splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80
    for part in ("VMware7,1", "Linux 6.1.0-50-amd64, up 1 d 1 h", "vmguestd 10.0.0, up 1 h 1 min",
                 "registered", "backdoor, last sign of life 12 ms ago", "guestinfo ok, power ok",
                 "vmxnet3    0000:03:00.0 vmxnet3 10.0.0", "ens192 up, mtu 1500, in 5.0 MiB",
                 "dropped 3", "1 disk, read 8.0 KiB written 16 KiB, 4 in flight",
                 "vmw_balloon 10.0.0, 512 MiB of 1.0 GiB",
                 "! VMCI at 0000:00:07.7 has no driver", "-> modprobe vmw_vmci"):  # fmt: skip
        assert part in done.stdout, part
    assert "7190" not in done.stdout
    assert daemon.asked == [{"get": "status"}]


@pytest.fixture
def vmci(root: Path) -> Path:
    """With its driver."""
    driver = root / "sys/bus/pci/drivers/vmw_vmci"
    driver.mkdir()
    folder = root / "sys/bus/pci/devices/0000:00:07.7"
    (folder / "driver").symlink_to(driver)
    return folder


def test_without_a_problem_the_exit_code_is_0(vmguest, daemon: Daemon, vmci: Path):
    done = vmguest("status")
    assert done.returncode == 0 and "no problems" in done.stdout


def test_vmci_is_counted_by_its_interrupts(vmguest, daemon: Daemon, vmci: Path):
    assert "VMCI       0000:00:07.7 vmw_vmci, 4000000008 interrupts\n" in vmguest("status").stdout
    assert 'vmw_guest_vmci_interrupts_total{address="0000:00:07.7"} 4000000008\n' in (
        vmguest("--metrics").stdout)
    shutil.rmtree(vmci / "msi_irqs")  # as with the module's disable_msi
    [device] = [d for d in json.loads(vmguest("status", "--json").stdout)["devices"] if d["model"] == "VMCI"]
    assert device["interrupts"] == 27


def test_json_is_one_object_in_one_line(vmguest, daemon: Daemon):
    done = vmguest("status", "--json")
    assert done.stdout.count("\n") == 1
    said = json.loads(done.stdout)
    assert said["version"] == 1 and said["daemon"] == REPLY["daemon"]
    assert names_in({**said, "daemon": None}) == report_names("report")
    nic, scsi, vmci = (next(d for d in said["devices"] if d["model"] == model)
                       for model in ("vmxnet3", "PVSCSI", "VMCI"))
    assert (nic["interface"], nic["rx_bytes"], nic["driver_version"]) == ("ens192", 5242880, "10.0.0")
    assert (scsi["reads"], scsi["written"] if "written" in scsi else scsi["write_bytes"],
            scsi["in_flight"]) == (7, 16384, 4)  # fmt: skip
    assert vmci["driver"] is None
    assert said["balloon"] == {"present": True, "driver_version": "10.0.0",
                               "target_bytes": 1 << 30, "size_bytes": 1 << 29}  # fmt: skip
    assert said["problems"] == [{"what": "VMCI at 0000:00:07.7 has no driver",
                                 "do": "modprobe vmw_vmci"}]  # fmt: skip


def test_a_daemon_that_does_not_run_is_a_problem(vmguest):
    done = vmguest("status", "--json")
    said = json.loads(done.stdout)
    assert said["daemon"] is None
    assert {"what": "vmguestd is not running", "do": "systemctl enable --now vmguestd"} in (
        said["problems"])


@pytest.mark.parametrize("reply", [
    b"", b"\n", b"nonsense\n", b"[1]\n", b'{"ok":true', b"\xff\n", b'"' + b"x" * 300000 + b'"\n',
    {"ok": True, "daemon": 7},
    {"ok": True, "daemon": {"host": [], "services": {"a": 1}, "counters": 3, "problems": "x"}},
    {"ok": True, "daemon": {"version": 1, "services": [1, {}, {"name": "x" * 300}]}},
], ids=lambda reply: str(reply)[:30])  # fmt: skip
def test_a_daemon_that_talks_nonsense_is_survived(vmguest, daemon: Daemon, reply):
    daemon.reply = reply
    for words in (["status"], ["status", "--json"], ["--metrics"]):
        done = vmguest(*words)
        assert done.returncode in (0, 1) and not done.stderr
    json.loads(vmguest("status", "--json").stdout)


@pytest.mark.parametrize("reply, why", [
    (b"nonsense\n", "what vmguestd answers is not understood"),
    ({"ok": False, "error": "no"}, "vmguestd does not say how it is"),
    (None, "vmguestd does not answer"),
    (DRIPS, "vmguestd does not answer"),
], ids=["nonsense", "refusal", "silence", "drips"])  # fmt: skip
def test_a_daemon_that_is_of_no_use_is_to_be_restarted(vmguest, daemon: Daemon, reply, why: str):
    """To be enabled would not help: it runs."""
    daemon.reply = reply
    done = vmguest("status")
    assert done.returncode == 1
    assert f"  tools      {why}\n" in done.stdout
    assert f"  ! {why}\n    -> systemctl restart vmguestd\n" in done.stdout
    assert "no channel" not in done.stdout


def test_a_problem_without_a_remedy_has_no_line_for_it(vmguest, daemon: Daemon, vmci: Path):
    daemon.reply = {**REPLY, "daemon": {**REPLY["daemon"], "problems": [{"what": "odd"}]}}  # type: ignore[dict-item]
    assert vmguest("status").stdout.endswith("\n  ! odd\n")


def test_a_folder_that_is_not_there_is_no_system(vmguest, root: Path, tmp_path: Path):
    root.rename(tmp_path / "away")
    for words in (["status"], ["status", "--json"], ["top", "-n", "1"], ["--metrics", str(tmp_path / "file")]):
        done = vmguest(*words)
        assert (done.returncode, done.stdout) == (66, "")
        assert done.stderr == f"{done.args[0]}: cannot read {root}: No such file or directory\n"
    assert not (tmp_path / "file").exists()


def test_an_empty_system_is_shown_too(programs: Path, tmp_path: Path):
    done = subprocess.run([programs / "vmguest", "status", "--root", tmp_path],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "vmguestd is not running" in done.stdout


@pytest.mark.parametrize("exe, user, words, is_one", [
    ("/usr/bin/vmtoolsd", 0, "/usr/bin/vmtoolsd\0", True),
    ("", 0, "/usr/bin/vmtoolsd\0", True),  # users may not look at root's
    ("/usr/sbin/vmguestd", 0, "vmtoolsd\0", False),
    ("/usr/bin/vmguest", 0, "vmtoolsd\0", False),
    ("/home/user/vmtoolsd", 1000, "vmtoolsd\0", False),
    ("/usr/bin/vmtoolsd", 1000, "vmtoolsd\0-n\0vmusr\0", False),
    ("", 0, "vmtoolsd\0--cmd\0log x\0", False),
    ("", 0, "vmtoolsd\0--cmd=log x\0", False),
])  # fmt: skip
def test_open_vm_tools_beside_it_is_a_problem(vmguest, daemon: Daemon, root: Path, exe: str, user: int,
                                              words: str, is_one: bool):  # fmt: skip
    """What root runs as a service: neither a user's, whatever it calls itself, nor one question."""
    write(root / "proc/99", {"comm": "vmtoolsd\n", "cmdline": words,
                             "status": f"Name:\tvmtoolsd\nUid:\t{user}\t{user}\t{user}\t{user}\n"})  # fmt: skip
    if exe:
        (root / "proc/99/exe").symlink_to(exe)
    assert ("takes the host's commands away" in vmguest("status").stdout) == is_one


def test_names_that_the_host_chose_move_no_cursor(vmguest, daemon: Daemon, root: Path):
    write(root, {"sys/class/dmi/id/product_name": "VMware\033[2J\007\r\n"})
    daemon.reply = {"ok": True, "daemon": {"version": "\033]0;x\007", "host": {"connected": True},
                    "problems": [{"what": "a\033[1m", "do": "b\u0001"}]}}  # fmt: skip
    said = vmguest("status").stdout
    assert "VMware?[2J?" in said and "a?[1m" in said
    assert not [c for c in said if (c < " " and c != "\n") or c == "\177"]


def test_a_quote_in_a_name_stays_in_its_label(vmguest, root: Path):
    net = root / "sys/bus/pci/devices/0000:03:00.0/net"
    (net / "ens192").rename(net / 'a"b\\c')
    assert 'vmw_guest_nic_receive_bytes_total{device="a\\"b\\\\c"} 5242880\n' in (
        vmguest("--metrics").stdout)


def test_a_machine_full_of_adapters_is_shown_whole(vmguest, daemon: Daemon, root: Path):
    """With names that nobody but an enemy gives."""
    for i in range(200):
        folder = device(root, f"0000:{0x20 + i // 32:02x}:{i % 32:02x}.0", "15ad:07b0", "")
        name = b"e\xff\"\\\x1b[2J\xc2\x9b%d" % i
        net = Path(os.fsdecode(os.fsencode(folder / "net") + b"/" + name))
        write(net, {"mtu": f"{(1 << 64) - 1}\n", "statistics/rx_bytes": "9" * 30 + "\n"})
    said = json.loads(vmguest("status", "--json").stdout)
    assert [d.get("interface") for d in said["devices"] if d["address"] >= "0000:20"] == (
        [f'e\ufffd"\\\x1b[2J\x9b{i}' for i in range(200)])
    assert len(said["problems"]) == 201
    for words in (["status"], ["status", "--json"], ["--metrics"]):
        out = vmguest(*words).stdout  # which is UTF-8
        assert not [c for c in out if (c < " " and c != "\n") or "\x7f" <= c < "\xa0"]
    assert vmguest("--metrics").stdout.count("vmw_guest_nic_receive_bytes_total{") == 201


METRIC = re.compile(r'[a-z_:]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?\d+')


def test_metrics_are_for_prometheus(vmguest, daemon: Daemon):
    seen: set[str] = set()
    for line in vmguest("--metrics").stdout.splitlines():
        if line.startswith("#"):
            _, word, name, *_ = line.split(" ")
            assert word in ("HELP", "TYPE")
            assert (word, name) not in seen, "a metric is explained once"
            seen.add((word, name))
        else:
            assert METRIC.fullmatch(line), line
            assert ("TYPE", re.split("[ {]", line)[0]) in seen
    text = vmguest("--metrics").stdout
    assert 'vmw_guest_nic_receive_bytes_total{device="ens192"} 5242880\n' in text
    assert "vmw_guest_tools_rpci_requests_total 12\n" in text
    assert "vmw_guest_problems 1\n" in text


def test_metrics_are_written_whole_or_not_at_all(vmguest, daemon: Daemon, tmp_path: Path):
    file = tmp_path / "vmguest.prom"
    file.write_text("old")
    done = vmguest("--metrics", str(file))
    assert done.returncode == 0 and not done.stdout
    assert file.read_text() == vmguest("--metrics").stdout
    assert [path.name for path in tmp_path.iterdir() if "prom" in path.name] == ["vmguest.prom"]
    done = vmguest("--metrics", str(tmp_path / "none/vmguest.prom"))
    assert done.returncode == 73 and "none/vmguest.prom" in done.stderr


def test_metrics_take_the_place_of_files_alone(vmguest, tmp_path: Path):
    """Not of what /dev/stdout leads to."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = vmguest("--metrics", str(pipe))
    assert done.returncode == 73 and "no file" in done.stderr
    assert pipe.is_fifo()


def test_top_shows_it_as_often_as_asked(vmguest, daemon: Daemon):
    done = vmguest("top", "-n", "3", "-d", "0.1")
    assert done.returncode == 0 and done.stdout.count("VMware7,1") == 3
    assert "\033" not in done.stdout  # it is no terminal


@pytest.mark.parametrize("words, wrong", [
    (["status", "extra"], "extra"), (["status", "--bogus"], "--bogus"), (["status", "-jx"], "-x"),
    (["top", "-d", "0"], "0"), (["top", "-d", "x"], "x"), (["top", "-d", "nan"], "nan"), (["top", "-d", "inf"], "inf"),
    (["top", "-d", ""], ""), (["top", "-n", "x"], "x"), (["top", "-n", "-1"], "-1"), (["top", "-n", "0"], "0"),
    (["top", "-n", "1x", "-d", "1"], "1x"), (["top", "-n", "99999999999999999999"], "99999999999999999999"),
    (["top", "--json"], "--json"), (["--metrics", "a", "b"], "b"),
])  # fmt: skip
def test_whoever_types_it_wrong_is_told(vmguest, words: list[str], wrong: str):
    done = vmguest(*words)
    assert done.returncode == 64 and not done.stdout
    assert f"vmguest: Unknown argument '{wrong}'\n" in done.stderr


@pytest.mark.parametrize("words", [["status", "--root"], ["top", "-n"], ["--metrics", "--root"]])
def test_an_option_without_its_argument_is_named(programs: Path, words: list[str]):
    done = subprocess.run([programs / "vmguest", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 64 and f"Missing argument of '{words[-1]}'\n" in done.stderr


def test_in_a_guest_the_host_is_named(guest: Guest):
    done = guest.run("vmguest", "status", "--json")
    assert json.loads(done.out)["hypervisor"] == "ESXi"


def test_the_address_on_vsock_is_shown(guest: Guest):
    """As the kernel has it, if it has vsock."""
    script = """if True:
        import fcntl, struct
        try:
            with open("/dev/vsock", "rb") as file:
                print(struct.unpack("I", fcntl.ioctl(file, 0x7b9, bytes(4)))[0])
        except OSError:
            print(0xffffffff)"""
    number = int(guest.run("python3", "-c", script).out)
    cid = json.loads(guest.run("vmguest", "status", "--json").out)["vsock_cid"]
    assert cid == (None if number == 0xffffffff else number)
    assert (f"this guest is {number}\n" in guest.run("vmguest", "status").out) == (cid is not None)


def test_what_runs_without_the_daemon_says_that_it_needs_it(guest: Guest):
    done = guest.run("vmware-toolbox-cmd", "info", "update", "network")
    assert (done.status, done.out) == (1, "") and "vmguestd is not running" in done.err
