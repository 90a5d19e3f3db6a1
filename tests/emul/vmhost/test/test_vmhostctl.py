# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""vmhostctl, as a class and as a command, with a host whose guest is in this test's hands."""

from __future__ import annotations

import ctypes
import json
import os
import shlex
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emul import deploypkg
from emul.vmhostctl import Control, HostError

HERE = Path(__file__).parent
COMMAND = HERE.parents[1] / "vmhostctl"
PROTO_TCLO = 0x4F4C4354


class Buf(ctypes.Structure):
    """struct vh_buf"""

    _fields_ = [("data", ctypes.c_void_p), ("len", ctypes.c_size_t), ("room", ctypes.c_size_t)]

    def bytes(self) -> bytes:
        return ctypes.string_at(self.data, self.len) if self.len else b""


class Channel(ctypes.Structure):
    """struct guest_channel"""

    _fields_ = [(name, ctypes.c_uint32) for name in ("id", "high", "low", "status")]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The host without QEMU, and test/guest.c."""
    folder = tmp_path_factory.mktemp("library")
    make = f"include {HERE.parent}/core.mk\nshow:\n\t@echo $(CORE_CFLAGS) $(CORE_SOURCES) $(CORE_LIBS)\n"
    shown = subprocess.run(["make", "-s", "-f", "-", "show"], input=make, text=True, check=True,
                           stdout=subprocess.PIPE, cwd=folder).stdout  # fmt: skip
    library = folder / "host.so"
    subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library,
                    HERE / "guest.c", *shlex.split(shown)], check=True)  # fmt: skip
    loaded = ctypes.CDLL(str(library))
    loaded.guest_new.restype = ctypes.c_void_p
    for name in ("guest_free", "guest_rpci", "guest_open", "guest_send", "guest_receive"):
        getattr(loaded, name).argtypes = None
    return loaded


class Guest:
    """A guest's tools, without a guest."""

    def __init__(self, library: ctypes.CDLL, path: Path) -> None:
        options = (ctypes.c_char_p * 2)(f"control={path}".encode(), None)
        self._library = library
        self._guest = ctypes.c_void_p(library.guest_new(options))
        self._channel = Channel()
        self._open = False
        assert self._guest

    def stop(self) -> None:
        self._library.guest_free(self._guest)

    def rpci(self, request: bytes) -> bytes:
        reply = Buf()
        assert self._library.guest_rpci(self._guest, request, ctypes.c_size_t(len(request)),
                                        ctypes.byref(reply))  # fmt: skip
        return reply.bytes()

    def poll(self, answer: bytes = b"") -> bytes:
        """One round of TCLO: says this, and takes the next command."""
        channel, command = ctypes.byref(self._channel), Buf()
        if not self._open:
            assert self._library.guest_open(self._guest, ctypes.c_uint32(PROTO_TCLO), channel)
            self._open = True
        assert self._library.guest_send(self._guest, channel, answer, ctypes.c_size_t(len(answer)))
        assert self._library.guest_receive(self._guest, channel, ctypes.byref(command))
        return command.bytes()

    def boot(self) -> None:
        command = self.poll()
        while command:
            command = self.poll(b"OK ATR toolbox" if command == b"reset" else b"OK ")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control"


@pytest.fixture
def guest(library: ctypes.CDLL, path: Path) -> Iterator[Guest]:
    guest = Guest(library, path)
    yield guest
    guest.stop()


@pytest.fixture
def host(guest: Guest, path: Path) -> Iterator[Control]:
    with Control(str(path)) as control:
        yield control


def answer_next(guest: Guest, host: Control, reply: bytes,
                and_then: Callable[[], None] | None = None) -> threading.Thread:  # fmt: skip
    """Has the guest answer the next command, while the test waits for that, and take one more before
    something is done.
    """
    host.do("set", what="script", value=[])
    guest.poll()

    def run() -> None:
        while not guest.poll():
            pass
        taken = guest.poll(reply)
        if and_then:
            while not taken:
                taken = guest.poll()
            and_then()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def let_pass(path: Path, seconds: float) -> None:
    """For the host, and for nobody else."""
    with Control(str(path)) as another:
        another.do("time", op="pass", seconds=seconds)


def command(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, path, *words], capture_output=True, text=True, check=False,
                          timeout=60)  # fmt: skip


def test_state_and_its_parts(host: Control, guest: Guest) -> None:
    guest.boot()
    state = host.state()
    assert state["tools"]["running"] and state["tools"]["name"] == "toolbox"
    assert host.state("tools")["heartbeat"]["status"] == "green"
    with pytest.raises(HostError, match="there are tools"):
        host.state("nonsense")


def test_variables_are_bytes(host: Control, guest: Guest) -> None:
    assert host.get("none") is None
    for value in (b"text", "\u00fc".encode(), b"\xff\0\xfe", b""):
        host.set("key", value)
        assert host.get("key") == value
        assert guest.rpci(b"info-get guestinfo.key") == b"1 " + value
    host.set("key", None)
    assert guest.rpci(b"info-get guestinfo.key") == b"0 No value found"
    host.set("key", "v", readonly=True)
    assert guest.rpci(b"info-set guestinfo.key w") == b"0 Permission denied"


def test_a_command_and_its_answer(host: Control, guest: Guest) -> None:
    thread = answer_next(guest, host, b"OK \xff")
    assert host.tclo("ping") == b"OK \xff"
    thread.join()
    with pytest.raises(HostError, match="no answer in time"):
        host.tclo(b"\xff", timeout=0.1)


def test_waiting(host: Control, guest: Guest) -> None:
    guest.rpci(b"log one")
    assert host.wait("log")["text"] == "one"
    before = host.mark()
    later = threading.Timer(0.1, guest.rpci, [b"log two"])
    later.start()
    assert host.wait(["log", "var"], since=before, text="t?o")["text"] == "two"
    later.join()
    with pytest.raises(HostError, match="no such event in time.*the latest: .*log rpci"):
        host.wait("log", timeout=0.1, text="three")


def test_following(host: Control, guest: Guest) -> None:
    guest.rpci(b"log one")
    events = host.follow(["log"], since=0)
    assert next(events)["text"] == "one"
    guest.rpci(b"log two")
    assert next(events)["text"] == "two"


def test_following_ends_with_the_host(library: ctypes.CDLL, path: Path) -> None:
    guest = Guest(library, path)
    with Control(str(path)) as host:
        events = host.follow()
        guest.rpci(b"log one")
        assert next(events)["event"] == "open"
        guest.stop()
        assert [event["event"] for event in events] == ["log", "rpci", "close"]
        with pytest.raises(HostError, match="gone"):
            host.mark()


def test_events_that_come_before_an_answer_are_kept(host: Control, guest: Guest) -> None:
    events = host.follow(["log"], since=0)
    guest.rpci(b"log one")
    assert next(events)["text"] == "one"
    guest.rpci(b"log two")
    host.mark()
    assert next(events)["text"] == "two"


def test_no_host(path: Path) -> None:
    with pytest.raises(HostError, match="no host at .*control="):
        Control(str(path))


def test_a_host_that_says_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emul.vmhostctl.GRACE_SECONDS", 0.1)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        with Control(str(path), timeout=0.1) as host, pytest.raises(HostError, match="not answer"):
            host.mark()


def test_command_state_and_variables(guest: Guest, path: Path) -> None:
    assert json.loads(command(path, "state", "tools").stdout)["running"] is False
    assert "balloon" in json.loads(command(path, "state").stdout)
    assert command(path, "set", "key", "a value").returncode == 0
    assert command(path, "get", "key").stdout == "a value\n"
    assert guest.rpci(b"info-get guestinfo.key") == b"1 a value"
    assert command(path, "unset", "key").returncode == 0
    missing = command(path, "get", "key")
    assert (missing.returncode, missing.stderr) == (1, "vmhostctl: key: no such variable\n")


def test_command_power_and_tclo(host: Control, guest: Guest, path: Path) -> None:
    thread = answer_next(guest, host, b"OK ")
    assert command(path, "power", "shutdown").stdout == "OK \n"
    thread.join()
    thread = answer_next(guest, host, b"ERROR Unknown Command")
    assert command(path, "tclo", "x y").stdout == "ERROR Unknown Command\n"
    thread.join()
    late = command(path, "tclo", "x", "--timeout", "0.1")
    assert (late.returncode, late.stderr) == (1, "vmhostctl: tclo: no answer in time\n")


class Customized:
    """What a guest makes of a package, until it is deployed."""

    def __init__(self, guest: Guest, status: int = 0) -> None:
        self.guest, self.status = guest, status
        self.ops: list[int] = []
        self.path, self.package = b"", b""
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        command = b""
        while not (command := self.guest.poll()):
            pass
        while command:
            command = self.guest.poll(self._answer(command)) or self._next()
        self.guest.rpci(b"deployPkg.update.state 3 0 x")
        self.guest.rpci(b"deployPkg.update.state 4 0 y")

    def _next(self) -> bytes:
        while not (command := self.guest.poll()) and not self._done():
            pass
        return command

    def _done(self) -> bool:
        refused = self.ops and self.status
        return bool(refused) or self.path.endswith(b"deployed")

    def _answer(self, command: bytes) -> bytes:
        if command.startswith(b"deployPkg.begin"):
            return b"OK /run/x/"
        if command.startswith(b"deployPkg.deploy "):
            assert command == b"deployPkg.deploy " + self.path
            self.path += b"deployed"
            return b"OK "
        message = command.split(b"\0", 1)[1]
        assert message[:6] == struct.pack("<IH", 0xD00D0001, 5)
        total, header, body = struct.unpack_from("<III", message, 6)
        assert (total, header, len(message)) == (51 + body, 51, total)
        size, packet = struct.unpack_from("<I", message, 51)[0], message[59:]
        assert (size, *struct.unpack_from("<II", packet, 8)) == (len(packet), len(packet), 52)
        (op,) = struct.unpack_from("<I", packet, 20)
        self.ops.append(op)
        fields, reply = packet[52:], b""
        if op == 41:
            reply = struct.pack("<Q", 7)
        else:
            assert struct.unpack_from("<Q", packet, 36) == (7,)
        if op == 24:
            (length,) = struct.unpack_from("<I", fields, 64)
            self.path = fields[80 : 80 + length].replace(b"\0", b"/").removeprefix(b"root")
            reply = struct.pack("<I", 9)
        elif op == 26:
            handle, _, offset, length, _ = struct.unpack_from("<IBQIQ", fields)
            assert (handle, offset, length) == (9, len(self.package), len(fields) - 25)
            self.package += fields[25:]
        elif op == 3:
            assert fields[8:] == struct.pack("<I", 9)
        head = struct.pack("<B3xIIIIIIIIQQ", 1, 0xFF, 52, 52, 1, op, self.status, 2, 0, 7, 0)
        return b"OK 0 0 #" + head + reply


def test_customization(host: Control, guest: Guest, path: Path, tmp_path: Path) -> None:
    package = deploypkg.package({"cust.cfg": os.urandom(100000)})
    (tmp_path / "package").write_bytes(package)
    host.do("set", what="script", value=[])
    customized = Customized(guest)
    customized.thread.start()
    done = command(path, "customize", str(tmp_path / "package"))
    customized.thread.join()
    assert done.stdout and json.loads(done.stdout)["text"] == "y", done.stderr
    assert customized.package == package
    assert customized.path == b"/run/x/packagedeployed"
    assert customized.ops == [41, 24, 26, 26, 26, 3, 42]
    assert "No such file" in command(path, "customize", str(tmp_path / "absent")).stderr


def test_a_refused_customization(host: Control, guest: Guest, path: Path) -> None:
    customized = Customized(guest, status=8)
    host.do("set", what="script", value=[])
    customized.thread.start()
    with pytest.raises(HostError, match="operation 41 .* status 8"):
        host.customize(b"x")
    customized.thread.join()
    thread = answer_next(guest, host, b"ERROR Customization is disabled in this guest")
    with pytest.raises(HostError, match="refuses to be customized: ERROR Customization is disabled"):
        host.customize(b"x")
    thread.join()
    thread = answer_next(guest, host, b"OK /run/x/", and_then=lambda: let_pass(path, 60))
    with pytest.raises(HostError, match="no answer in time"):
        host.customize(b"x")
    thread.join()


def test_command_balloon_fault_wait_do(host: Control, guest: Guest, path: Path) -> None:
    assert command(path, "balloon", "16").returncode == 0
    assert host.state("balloon")["target"] == 4096
    assert command(path, "fault", "cpt", "after=3", "times=2").returncode == 0
    assert host.state("faults")["asked"] == [{"name": "cpt", "after": 3, "times": 2}]
    assert "no fault of that name" in command(path, "fault", "nonsense").stderr
    assert "give a name" in command(path, "fault", "cpt", "after").stderr
    guest.rpci(b"tools.os.statechange.status 1 3")
    found = command(path, "wait", "statechange,log", "status=true", "op=power*")
    assert json.loads(found.stdout)["id"] == 3
    assert "in time" in command(path, "wait", "log", "--timeout", "0.1").stderr
    assert json.loads(command(path, "do", '{"do": "mark", "id": 9}').stdout)["seq"] > 0
    assert "not JSON" in command(path, "do", "x").stderr
    assert "give an object" in command(path, "do", "[]").stderr
    assert command(path).returncode == 2


def test_command_follow(guest: Guest, path: Path) -> None:
    guest.rpci(b"log one")
    with subprocess.Popen([COMMAND, path, "follow", "log", "--since", "0"], text=True,
                          stdout=subprocess.PIPE) as process:  # fmt: skip
        assert process.stdout
        assert json.loads(process.stdout.readline())["text"] == "one"
        guest.rpci(b"log two")
        assert json.loads(process.stdout.readline())["text"] == "two"
        process.terminate()


def test_command_without_a_host(path: Path) -> None:
    failed = command(path, "state")
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"vmhostctl: no host at {path}: ")
