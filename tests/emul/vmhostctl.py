#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Talks to an emulated VMware host: from Python, and as a command.

The host is started with control=SOCKET. What it can be asked for, what it answers and which
events it has is in Documentation/emulated-host.md.

    with Control("/tmp/vm.sock") as host:
        before = host.mark()
        host.do("power", op="shutdown")
        host.wait("statechange", since=before, timeout=60, op="shutdown")

Nothing of the project is needed to use this file, and nothing but Python 3.10.
"""

from __future__ import annotations

import argparse
import base64
import json
import socket
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# What the host needs beyond the deadline that it was given, to say that it has passed.
GRACE_SECONDS = 10.0


class HostError(Exception):
    """The host has refused, or is not there."""


class Control:
    """One connection; of one thread at a time. A context manager."""

    def __init__(self, path: str, timeout: float = 30.0) -> None:
        self._path = str(path)
        self._timeout = timeout
        self._last_id = 0
        self._events: list[dict[str, Any]] = []  # that came while an answer was waited for
        self._received = b""
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(self._path)
        except OSError as error:
            self._socket.close()
            raise HostError(f"no host at {self._path}: {error.strerror}; was QEMU started with "
                            "the plugin's control= ?") from error  # fmt: skip

    def __enter__(self) -> Control:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def do(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """One request; its answer without "id" and "ok". HostError if the host refuses."""
        self._last_id += 1
        request = {"id": self._last_id, "do": verb, **arguments}
        self._send(request)
        wait = arguments.get("timeout", self._timeout)
        deadline = time.monotonic() + (wait if _is_number(wait) else 0) + GRACE_SECONDS
        while True:
            line = self._line(deadline)
            if "event" in line and "ok" not in line:
                self._events.append(line)
                continue
            if not line.pop("ok", False):
                raise HostError(line.get("error", "refused without a reason"))
            if line.pop("id", None) == self._last_id:
                return line

    def state(self, part: str | None = None) -> dict[str, Any]:
        """All state, or one part of it."""
        return self.do("state", **({"part": part} if part else {}))["state"]

    def mark(self) -> int:
        """The number of the latest event; `wait` can be told to look behind it alone."""
        return self.do("mark")["seq"]

    def wait(self, event: str | Sequence[str], *, since: int = 0, timeout: float = 10.0,
             **match: Any) -> dict[str, Any]:
        """The first event of that name whose fields match; one that has been before counts too,
        if it came after `since`. In a text * stands for any text and ? for any character.
        HostError at the deadline.
        """
        return self.do("wait", event=event, since=since, timeout=timeout, match=match)["event"]

    def get(self, name: str) -> bytes | None:
        """A guest variable, named without "guestinfo."."""
        return _bytes(self.do("var-get", name=name), "value")

    def set(self, name: str, value: str | bytes | None, readonly: bool = False) -> None:
        """Sets a guest variable; None deletes it."""
        self.do("var-set", readonly=readonly, **_field("name", name), **_field("value", value))

    def tclo(self, command: str | bytes, timeout: float = 10.0) -> bytes:
        """Sends a command to the guest; what it answers, "OK " or "ERROR " and more."""
        reply = _bytes(self.do("tclo", timeout=timeout, **_field("command", command)), "reply")
        return reply or b""

    def customize(self, package: bytes, name: str = "package", timeout: float = 30.0) -> bytes:
        """Brings a package for the customization of the guest into it and has it deployed; the answer to
        that. What comes of it are events «deploypkg». HostError at whatever the guest refuses.
        """
        folder = self._customize_step(self.tclo("deployPkg.begin ", timeout)).decode()
        transfer = _Transfer(self, timeout)
        transfer.write(folder + name, package)
        return self._customize_step(self.tclo(f"deployPkg.deploy {folder}{name}", timeout))

    @staticmethod
    def _customize_step(reply: bytes) -> bytes:
        if not reply.startswith(b"OK "):
            raise HostError(f"the guest refuses to be customized: {reply.decode(errors='replace')}")
        return reply[3:]

    def follow(self, events: Sequence[str] | None = None,
               since: int | None = None) -> Iterator[dict[str, Any]]:
        """Events as they come, until the host goes away."""
        limits: dict[str, Any] = {"event": list(events)} if events else {}
        self.do("follow", **limits, **({} if since is None else {"since": since}))
        return self._follow()

    def _follow(self) -> Iterator[dict[str, Any]]:
        while True:
            while self._events:
                yield self._events.pop(0)
            try:
                yield self._line(None)
            except EOFError:
                return

    def _send(self, request: dict[str, Any]) -> None:
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise HostError(f"the host at {self._path} has gone: {error.strerror}") from error

    def _line(self, deadline: float | None) -> dict[str, Any]:
        """The next line. Without a deadline the end of the host is an EOFError, else a HostError."""
        while b"\n" not in self._received:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise HostError(f"the host at {self._path} does not answer")
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(1 << 16)
            except TimeoutError:
                continue
            except OSError:
                data = b""
            if not data:
                if deadline is None:
                    raise EOFError
                raise HostError(f"the host at {self._path} has gone")
            self._received += data
        line, self._received = self._received.split(b"\n", 1)
        return json.loads(line)


class _Transfer:
    """Files for the guest: packets of shared folders, in guest operations."""

    _OPEN, _WRITE, _CLOSE, _CREATE_SESSION, _DESTROY_SESSION = 24, 26, 3, 41, 42
    _HEADER = "<B3xIIIIIIIIQQ"
    _PIECE = 48 << 10

    def __init__(self, host: Control, timeout: float) -> None:
        self._host, self._timeout = host, timeout
        self._session = 0
        (self._session,) = struct.unpack_from("<Q", self._request(self._CREATE_SESSION, b""))

    def write(self, path: str, contents: bytes) -> None:
        name = b"root" + path.encode().replace(b"/", b"\0")
        writes, create_empty = 1, 4
        fields = struct.pack("<QII4BQQIIIQQIIII", 0x3, writes, create_empty, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                             len(name), 0, 0, 0)  # fmt: skip
        (handle,) = struct.unpack_from("<I", self._request(self._OPEN, fields + name + b"\0"))
        for at in range(0, len(contents), self._PIECE):
            piece = contents[at : at + self._PIECE]
            self._request(self._WRITE, struct.pack("<IBQIQ", handle, 0, at, len(piece), 0) + piece)
        # Of the first version, which repeats number and operation.
        self._request(self._CLOSE, struct.pack("<III", 1, self._CLOSE, handle))
        self._request(self._DESTROY_SESSION, bytes(8))

    def _request(self, op: int, fields: bytes) -> bytes:
        """What is behind the reply's header."""
        size = struct.calcsize(self._HEADER)
        packet = struct.pack(self._HEADER, 1, 0xFF, size + len(fields), size, 1, op, 0, 1, 0, self._session, 0)
        body = struct.pack("<Ii", len(packet) + len(fields), 0) + packet + fields
        header = struct.pack("<IHIIIIBIIIQII", 0xD00D0001, 5, 51 + len(body), 51, len(body), 0, 0x81, 84, 0, 0,
                             1, 0, 0)  # fmt: skip
        answer = self._host.tclo(b'Vix_1_Relayed_Command "0"\0' + header + body, self._timeout)
        if not answer.startswith(b"OK 0 0 #"):
            raise HostError(f"the guest takes no file: {answer[:40].decode(errors='replace')}")
        reply = answer[8:]
        status = struct.unpack_from(self._HEADER, reply)[6]
        if status:
            raise HostError(f"operation {op} of the file transfer fails with status {status}")
        return reply[size:]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _field(key: str, value: str | bytes | None) -> dict[str, Any]:
    """An argument as text, or as base64 if it is none."""
    if not isinstance(value, bytes):
        return {key: value}
    try:
        return {key: value.decode()}
    except UnicodeDecodeError:
        return {f"{key}64": base64.b64encode(value).decode()}


def _bytes(answer: dict[str, Any], key: str) -> bytes | None:
    if f"{key}64" in answer:
        return base64.b64decode(answer[f"{key}64"])
    value = answer[key]
    return None if value is None else value.encode()


def _pairs(words: Sequence[str]) -> dict[str, Any]:
    """k=v words; a value is JSON if it can be, else the text itself."""
    pairs = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or not key:
            raise HostError(f"{word}: give a name, = and a value")
        try:
            pairs[key] = json.loads(value)
        except ValueError:
            pairs[key] = value
    return pairs


def _show(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def _write(data: bytes | None) -> None:
    sys.stdout.buffer.write(b"" if data is None else data + b"\n")


def _do_state(host: Control, words: argparse.Namespace) -> None:
    _show(host.state(words.part))


def _do_get(host: Control, words: argparse.Namespace) -> None:
    value = host.get(words.name)
    if value is None:
        raise HostError(f"{words.name}: no such variable")
    _write(value)


def _do_set(host: Control, words: argparse.Namespace) -> None:
    host.set(words.name, words.value, words.readonly)


def _do_unset(host: Control, words: argparse.Namespace) -> None:
    host.set(words.name, None)


def _do_tclo(host: Control, words: argparse.Namespace) -> None:
    _write(host.tclo(words.command, words.timeout))


def _do_customize(host: Control, words: argparse.Namespace) -> None:
    try:
        package = Path(words.file).read_bytes()
    except OSError as error:
        raise HostError(f"{words.file}: {error.strerror}") from error
    running, seen = 4, host.mark()
    host.customize(package, timeout=words.timeout)
    while True:
        event = host.wait("deploypkg", since=seen, timeout=words.timeout)
        if event["state"] >= running:
            break
        seen = event["seq"]
    _show(event)


def _do_balloon(host: Control, words: argparse.Namespace) -> None:
    pages_per_mib = 256
    host.do("balloon", target=words.mib * pages_per_mib)


def _do_power(host: Control, words: argparse.Namespace) -> None:
    print(host.do("power", op=words.op, timeout=words.timeout)["reply"])


def _do_fault(host: Control, words: argparse.Namespace) -> None:
    host.do("fault", name=words.name, **_pairs(words.pairs))


def _do_wait(host: Control, words: argparse.Namespace) -> None:
    _show(host.wait(words.event.split(","), since=words.since, timeout=words.timeout,
                    **_pairs(words.pairs)))  # fmt: skip


def _do_follow(host: Control, words: argparse.Namespace) -> None:
    for event in host.follow(words.event, words.since):
        print(json.dumps(event, ensure_ascii=False), flush=True)


def _do_do(host: Control, words: argparse.Namespace) -> None:
    try:
        request = json.loads(words.request)
    except ValueError as error:
        raise HostError(f"not JSON: {error}") from error
    if not isinstance(request, dict) or not isinstance(request.get("do"), str):
        raise HostError('give an object with "do"')
    request.pop("id", None)
    _show(host.do(request.pop("do"), **request))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vmhostctl", description=(
        "Reads and sets what an emulated VMware host has and does."))  # fmt: skip
    parser.add_argument("socket", help="what the host's option control= says")
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    def verb(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    def with_timeout(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--timeout", type=float, default=10.0, metavar="S", help="seconds")

    sub = verb("state", _do_state, "print all state, or one part of it")
    sub.add_argument("part", nargs="?")
    sub = verb("get", _do_get, "print a guest variable")
    sub.add_argument("name", help="without guestinfo.")
    sub = verb("set", _do_set, "set a guest variable")
    sub.add_argument("name", help="without guestinfo.")
    sub.add_argument("value")
    sub.add_argument("--readonly", action="store_true", help="the guest may not change it")
    sub = verb("unset", _do_unset, "delete a guest variable")
    sub.add_argument("name", help="without guestinfo.")
    sub = verb("tclo", _do_tclo, "send a command to the guest and print its answer")
    sub.add_argument("command")
    with_timeout(sub)
    sub = verb("customize", _do_customize, "have the guest customized by a package")
    sub.add_argument("file", help="the package")
    with_timeout(sub)
    sub = verb("balloon", _do_balloon, "set the balloon's target")
    sub.add_argument("mib", type=int, help="MiB")
    sub = verb("power", _do_power, "ask the guest for a state change and print its answer")
    sub.add_argument("op", choices=("shutdown", "reboot", "suspend", "poweron", "resume"))
    with_timeout(sub)
    sub = verb("fault", _do_fault, "let something fail; the state «faults» shows what can")
    sub.add_argument("name")
    sub.add_argument("pairs", nargs="*", metavar="k=v", help="after=, times=, arg=")
    sub = verb("wait", _do_wait, "wait for an event and print it")
    sub.add_argument("event", help="a name, or several with commas between")
    sub.add_argument("pairs", nargs="*", metavar="k=v", help="what its fields must be")
    sub.add_argument("--since", type=int, default=0, metavar="N", help="only after this number")
    with_timeout(sub)
    sub = verb("follow", _do_follow, "print events as they come, one a line")
    sub.add_argument("event", nargs="*")
    sub.add_argument("--since", type=int, metavar="N", help="and those after this number")
    sub = verb("do", _do_do, "send any request and print its answer")
    sub.add_argument("request", help='such as {"do": "mark"}')
    return parser


def main(argv: Sequence[str]) -> int:
    words = _parser().parse_args(argv)
    try:
        with Control(words.socket) as host:
            words.run(host, words)
    except HostError as error:
        print(f"vmhostctl: {error}", file=sys.stderr)
        return 1
    except (BrokenPipeError, KeyboardInterrupt):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
