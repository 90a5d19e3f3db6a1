# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The lines to QEMU: what is written while nobody reads is kept."""

import os
import threading

from lab.line import News, RoomyLine


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
