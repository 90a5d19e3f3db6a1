# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""One end of a socket pair or pipe whose other end QEMU holds, and the news that comes in on it.

A VM has three such lines: console, agent and monitor. All of them report to one `News`, so that a
test can wait for any combination of what they said with a single deadline. Nothing here knows
what the lines carry: that is in console.py, agent.py and qmp.py.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class News:
    """A condition that is notified whenever anything about a VM has changed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()

    def __enter__(self) -> None:
        self._changed.acquire()

    def __exit__(self, *_: object) -> None:
        self._changed.notify_all()
        self._changed.release()

    def wait(self, look: Callable[[], T | None], timeout: float) -> T | None:
        """The first true answer of `look`, asked after each change; None at the deadline."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not (answer := look()):
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(left)
            return answer


class Line:
    """Feeds what arrives to `take`, under the lock of `news`, from a thread of its own; or from that of
    whoever has reason to know that something has arrived, and does not want to depend on whether that
    thread has got a processor since.
    """

    def __init__(self, news: News, name: str, take: Callable[[bytes], None]) -> None:
        self.ours, self.qemus = socket.socketpair()
        self.closed = False
        self._receive: Callable[[int], bytes] = lambda size: self.ours.recv(size, socket.MSG_DONTWAIT)
        self._news = news
        self._take = take
        self._thread = threading.Thread(target=self._read, name=name, daemon=True)

    def start(self) -> None:
        """Called once QEMU has its end, so that its death reads as end of file here."""
        self.qemus.close()
        self._thread.start()

    def send(self, data: bytes) -> None:
        try:
            self.ours.sendall(data)
        except ConnectionError:
            pass  # QEMU has just ended, which whoever waits for an answer is told

    def catch_up(self) -> None:
        """Takes what QEMU has written up to now."""
        with self._news:
            try:
                while not self.closed:
                    if data := self._receive(65536):
                        self._take(data)
                    else:
                        self.closed = True
            except BlockingIOError:
                pass
            except OSError:
                self.closed = True

    def close(self) -> None:
        """Waits for the last byte; QEMU must have ended, or it is cut off here."""
        if not self._thread.ident:
            self.qemus.close()
        else:
            self._thread.join(timeout=5)
        self.closed = True
        self.ours.close()

    def _input(self) -> int:
        """The descriptor that `_receive` reads, which does not block."""
        return self.ours.fileno()

    def _read(self) -> None:
        # The alarm of a test that takes too long is for the thread that waits, and wakes no other.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        poll = select.poll()
        poll.register(self._input(), select.POLLIN)
        while not self.closed:
            poll.poll()
            self.catch_up()


class RoomyLine(Line):
    """What QEMU says comes through `output`, a pipe: 64 KiB fit into it, byte by byte.

    Of single bytes, a socket holds a few hundred, since each weighs what a packet does. A kernel
    that prints waits 10 ms for its UART to be ready and then overwrites what is in it: with a
    socket, letters were lost whenever the thread that reads got no processor for that long.
    """

    def __init__(self, news: News, name: str, take: Callable[[bytes], None]) -> None:
        super().__init__(news, name, take)
        self._pipe, self.output = os.pipe()
        os.set_blocking(self._pipe, False)
        self._receive = lambda size: os.read(self._pipe, size)

    def start(self) -> None:
        os.close(self.output)
        super().start()

    def close(self) -> None:
        if not self._thread.ident:
            os.close(self.output)
        super().close()
        os.close(self._pipe)

    def _input(self) -> int:
        return self._pipe
