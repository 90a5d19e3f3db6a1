# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""vmguest top on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SECONDS = 30


class Top:
    """It runs, and is to show nothing again by itself."""

    def __init__(self, program: Path, root: Path, rows: int, columns: int) -> None:
        self._fd, self._theirs = pty.openpty()
        self.resize(rows, columns)
        self.process = subprocess.Popen([program, "top", "-d", "3600", "--root", root], stdin=self._theirs,
                                        stdout=self._theirs, stderr=self._theirs, process_group=0)

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def frame(self) -> list[str]:
        """The lines of the next one."""
        seen, due = "", time.monotonic() + SECONDS
        while not seen.endswith("\033[J"):
            ready, _, _ = select.select([self._fd], [], [], due - time.monotonic())
            assert ready, f"nothing is shown: {seen!r}"
            seen += os.read(self._fd, 65536).decode()
        assert seen.startswith("\033[H") and seen.count("\033[H") == 1
        return re.sub(r"\033\[[HJK]", "", seen).split("\r\n")

    def discard(self) -> None:
        termios.tcflush(self._fd, termios.TCIFLUSH)

    def flags(self) -> int:
        return termios.tcgetattr(self._theirs)[3]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._fd)
        os.close(self._theirs)


@pytest.fixture
def top(programs: Path, tmp_path: Path) -> Iterator[Top]:
    """On a small terminal."""
    top = Top(programs / "vmguest", tmp_path, 3, 20)
    yield top
    top.close()


def test_it_shows_what_there_is_room_for(top: Top):
    lines = top.frame()
    assert len(lines) == 3 and max(map(len, lines)) == 20
    top.resize(50, 80)
    top.process.send_signal(signal.SIGWINCH)
    lines = top.frame()
    assert len(lines) > 6 and any("vmguestd is not running" in line for line in lines)


def test_a_key_shows_it_again_and_q_ends_it(top: Top):
    first = top.frame()
    assert not top.flags() & (termios.ICANON | termios.ECHO)
    top.type(" ")
    assert top.frame()[0] == first[0]
    top.type("q")
    assert top.process.wait(SECONDS) == 0
    assert top.flags() & termios.ICANON and top.flags() & termios.ECHO


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(top: Top, number: signal.Signals):
    top.frame()
    top.process.send_signal(number)
    assert top.process.wait(SECONDS) == 0
    assert top.flags() & termios.ICANON and top.flags() & termios.ECHO


def test_who_stops_it_has_the_terminal_until_it_goes_on(top: Top):
    first = top.frame()
    top.process.send_signal(signal.SIGTSTP)
    _, status = os.waitpid(top.process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGTSTP
    assert top.flags() & termios.ICANON and top.flags() & termios.ECHO
    top.discard()
    top.process.send_signal(signal.SIGCONT)
    assert top.frame()[0] == first[0]
    assert not top.flags() & (termios.ICANON | termios.ECHO)


def test_no_character_is_cut_in_two(programs: Path, tmp_path: Path):
    name = tmp_path / "sys/class/dmi/id/product_name"
    name.parent.mkdir(parents=True)
    name.write_text("\u00e9" * 30 + "\n")
    top = Top(programs / "vmguest", tmp_path, 3, 20)
    try:
        assert top.frame()[0] == "  host       " + "\u00e9" * 7
    finally:
        top.close()
