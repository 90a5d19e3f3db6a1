# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Checked traffic between the host and a guest, or two guests.

The same static programs (guest/nettool.c, guest/frames.c) run on both sides: `guest(vm, …)` and
`host(…)` start one and return a `Running`; its `result()` is the last line it printed, as a dict.

    sink = traffic.host("nettool", "tcp-recv", "192.0.2.1", 5000)
    traffic.guest(vm, "nettool", "tcp-send", "192.0.2.1", 5000, 1 << 20).result()
    assert sink.result()["wrong_at"] == "-1"

A receiver is returned once it listens, so no test needs to wait for it; that of a stream says by
`connected()` when the other end has found it.
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import LabError, layers

if TYPE_CHECKING:
    from .vm import VM

_LISTENERS = ("-recv", "-echo", "recv", "join")


class TrafficFailed(LabError):
    """Something was lost, wrong or late; `fields` has what the program found."""

    def __init__(self, words: str, text: str) -> None:
        super().__init__(f"{words}: {text}")
        self.fields = parse(text)


class Running:
    """One end of a transfer."""

    def __init__(self, words: str, finish: Callable[[float], tuple[int, str]],
                 stop: Callable[[], object], connected: Callable[[], object]) -> None:  # fmt: skip
        self._words = words
        self._finish = finish
        self.stop = stop  # ends a sender; what it sent so far still arrives
        self.connected = connected  # of a stream's receiver: waits for the sender, or its own end

    def result(self, timeout: float = 60, check: bool = True) -> dict[str, str]:
        """Waits for the end. `check` insists that all arrived and all of it was right."""
        return parse(self._text(timeout, check))

    def frames(self, timeout: float = 60, check: bool = True) -> list[tuple[int, int, int, bytes]]:
        """What `frames recv` saw: flags, gso_type, gso_size and bytes of each."""
        words = self._text(timeout, check).split()
        return [_frame(word[6:]) for word in words if word.startswith("frame=")]

    def _text(self, timeout: float, check: bool) -> str:
        status, text = self._finish(timeout)
        if check and status:
            raise TrafficFailed(self._words, text)
        return text


def parse(text: str) -> dict[str, str]:
    last = text.strip().rsplit("\n", 1)[-1]
    return dict(word.split("=", 1) for word in last.split() if "=" in word)


def guest(vm: VM, program: str, *args: object) -> Running:
    """Starts lab-<program> in a guest."""
    words = _words(f"lab-{program}", args)
    job = vm.spawn(words)
    out = f"/run/agent/{job.id}.out"

    def says(word: str) -> None:
        # It has ended when its output is gone; the result then says why.
        vm.run(f"while [ -e {out} ] && ! grep -q {word} {out}; do usleep 5000; done")

    if _listens(args):
        says("listening")

    def finish(timeout: float) -> tuple[int, str]:
        output = vm.wait(job, timeout, check=False)
        return output.rc, str(output)

    return Running(f"{vm.name}: {words}", finish, lambda: vm.stop(job), lambda: says("connected"))


def host(program: str, *args: object) -> Running:
    """Starts the same program on the host, in our own network namespace."""
    words = _words(str(layers.guest_program(program)), args)
    log = tempfile.TemporaryFile("w+")
    process = subprocess.Popen(shlex.split(words), stdin=subprocess.DEVNULL, text=True,
                               stdout=subprocess.PIPE, stderr=log)  # fmt: skip
    assert process.stdout
    first = process.stdout.readline() if _listens(args) else ""

    def finish(timeout: float) -> tuple[int, str]:
        try:
            text, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise LabError(f"host: {words}: not done within {timeout:.0f} s") from None
        log.seek(0)
        return process.returncode, first + log.read() + text

    return Running(f"host: {words}", finish, process.terminate, process.stdout.readline)


def _words(program: str, args: tuple[object, ...]) -> str:
    return shlex.join([program, *map(str, args)])


def _listens(args: tuple[object, ...]) -> bool:
    return any(str(arg).endswith(_LISTENERS) for arg in args)


def _frame(word: str) -> tuple[int, int, int, bytes]:
    flags, gso_type, gso_size, data = word.split(":")
    return int(flags), int(gso_type), int(gso_size), bytes.fromhex(data)
