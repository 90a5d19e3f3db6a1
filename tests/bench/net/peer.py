# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The host's side of each workload: what answers guest/netload.c.

Where frames come from the host, they come when the guest has noted "go" and so fast that they
are all queued before QEMU reads the first: what meets in one interrupt is then the same in each
run and for each driver.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Sequence

PORT = 5001
UDP_SEGMENT = 103           # linux/udp.h
CHUNK = 1 << 20

# How far away a peer is that the guest waits for: long enough for the guest to go idle in each
# turn. A peer that answers at once would meet it now still busy, now idle, as the host likes.
DISTANCE_SECONDS = 0.0005


class Peer:
    """Answers nothing: what arrives is dropped by the kernel. A context manager."""

    kind = socket.SOCK_DGRAM

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_INET, self.kind)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((address, PORT))
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Peer:
        self._thread = threading.Thread(target=self._serve, name="peer", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Wakes a thread that waits on the socket; close() alone does not.
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass            # an unconnected socket says so after it has woken the thread
        assert self._thread
        self._thread.join()
        self._socket.close()

    def go(self) -> None:
        """The guest is ready for the next part."""

    def _serve(self) -> None:
        """Runs until the socket is shut down."""


class Echo(Peer):
    """Sends each datagram back."""

    def _serve(self) -> None:
        buffer = bytearray(65536)
        while True:
            length, address = self._socket.recvfrom_into(buffer)
            if not length:
                return
            time.sleep(DISTANCE_SECONDS)
            self._socket.sendto(memoryview(buffer)[:length], address)


class Bursts(Peer):
    """Sends `burst` datagrams of `size` bytes at each "go", by one call: the kernel cuts them."""

    def __init__(self, address: str, burst: int, size: int) -> None:
        super().__init__(address)
        self._payload = bytes(burst * size)
        self._options = [(socket.SOL_UDP, UDP_SEGMENT, struct.pack("=H", size))]
        self._guest: tuple[str, int] | None = None
        self._introduced = threading.Event()

    def _serve(self) -> None:
        _, self._guest = self._socket.recvfrom(65536)
        self._introduced.set()

    def go(self) -> None:
        self._introduced.wait()
        time.sleep(DISTANCE_SECONDS)
        self._socket.sendmsg([self._payload], self._options, 0, self._guest)


class TcpSink(Peer):
    """Reads all that one connection sends."""

    kind = socket.SOCK_STREAM

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._socket.listen(1)

    def _serve(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except OSError:
            return
        with connection:
            self._use(connection)

    def _use(self, connection: socket.socket) -> None:
        buffer = bytearray(CHUNK)
        while connection.recv_into(buffer):
            pass


class TcpSource(TcpSink):
    """Sends one connection the next of `amounts` (bytes) at each "go"."""

    def __init__(self, address: str, amounts: Sequence[int]) -> None:
        super().__init__(address)
        self._amounts = amounts
        self._permits = threading.Semaphore(0)

    def go(self) -> None:
        self._permits.release()

    def __exit__(self, *exc: object) -> None:
        for _ in self._amounts:
            self._permits.release()
        super().__exit__(*exc)

    def _use(self, connection: socket.socket) -> None:
        chunk = bytes(CHUNK)
        for amount in self._amounts:
            self._permits.acquire()
            for start in range(0, amount, CHUNK):
                connection.sendall(chunk[: amount - start])
