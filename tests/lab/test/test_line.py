# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The lines to QEMU: what is written while nobody reads is kept, and had as soon as somebody asks."""

import os
import re
import signal
import threading
from pathlib import Path

from lab.line import Line, News, RoomyLine


def test_single_bytes_are_kept_while_the_reader_is_away():
    away = threading.Event()
    got = bytearray()

    def take(data: bytes) -> None:
        away.wait()
        got.extend(data)

    line = RoomyLine(News(), "line", take)
    output = os.dup(line.output)
    os.set_blocking(output, False)
    line.start()
    text = bytes(range(256)) * 200
    try:
        for i in range(len(text)):
            assert os.write(output, text[i : i + 1]) == 1
    finally:
        os.close(output)
        away.set()
        line.close()
    assert line.closed
    assert got == text


def test_what_has_been_written_is_there_though_the_reader_has_not_come_to_it():
    got = bytearray()
    line = RoomyLine(News(), "line", got.extend)
    line.catch_up()
    assert not got
    os.write(line.output, b"all that")
    os.write(line.output, b" was said")
    line.catch_up()
    assert got == b"all that was said" and not line.closed
    line.start()
    line.close()
    assert line.closed


def test_a_line_whose_other_end_has_gone_takes_what_it_gets():
    line = Line(News(), "line", lambda data: None)
    line.start()
    line.send(b"x")
    line.close()


def test_the_alarm_of_a_test_is_not_for_the_reader():
    """Who has been stopped may find it pending, and then the first thread to run takes it."""
    read = threading.Event()
    line = RoomyLine(News(), "line", lambda data: read.set())
    output = os.dup(line.output)
    line.start()
    os.write(output, b"x")
    assert read.wait(60)
    status = Path(f"/proc/self/task/{line._thread.native_id}/status").read_text()
    blocked = int(re.search("SigBlk:\\s*(\\w+)", status)[1], 16)
    assert blocked & 1 << signal.SIGALRM - 1
    os.close(output)
    line.close()
