# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Runs in the guest: a file system at /mnt that is there and never answers, FUSE or NFS; it is said when it is.

    python3 hang.py fuse|nfs

Who asks that FUSE anything cannot even be killed: its request was read, and is not answered. The
server of NFS answers until it is mounted.
"""

import ctypes
import os
import socket
import struct
import sys
import threading
import time

INIT_OUT = (7, 31, 4096, 0, 12, 9, 4096, 1, 1, 0, 0)  # of FUSE 7.31
MOUNTD, NFS = 100005, 100003
HANDLE = struct.pack(">I8s", 8, b"the root")
# A folder: type, mode, links, user, group, size, used, device, file system, number; three times.
ATTRIBUTES = struct.pack(">5I2Q2I2Q6I", 2, 0o755, 2, 0, 0, 4096, 4096, 0, 0, 1, 1, *(6 * [0]))
OK, FOLLOWS = struct.pack(">I", 0), struct.pack(">I", 1)
FSINFO = struct.pack(">7IQ2II", 4096, 4096, 1, 4096, 4096, 1, 4096, 1 << 40, 0, 1, 0x1B)
PATHCONF = struct.pack(">6I", 1, 255, 1, 1, 0, 1)
RESULTS = {
    (MOUNTD, 1): OK + HANDLE + struct.pack(">2I", 1, 1),  # MNT, with AUTH_SYS
    (NFS, 1): OK + ATTRIBUTES,
    (NFS, 19): OK + FOLLOWS + ATTRIBUTES + FSINFO,
    (NFS, 20): OK + FOLLOWS + ATTRIBUTES + PATHCONF,
}


def mount(source: str, kind: str, options: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), b"/mnt", kind.encode(), 0, options.encode()):
        raise OSError(ctypes.get_errno(), f"{kind} is not mounted: {os.strerror(ctypes.get_errno())}")


def fuse() -> None:
    fd = os.open("/dev/fuse", os.O_RDWR)
    mount("hung", "fuse.hung", f"fd={fd},rootmode=40000,user_id=0,group_id=0")
    (unique,) = struct.unpack_from("<8xQ", os.read(fd, 1 << 20))
    body = struct.pack("<4I2H2I2HI28x", *INIT_OUT)
    os.write(fd, struct.pack("<IiQ", 16 + len(body), 0, unique) + body)
    threading.Thread(target=lambda: [os.read(fd, 1 << 20) for _ in iter(int, 1)], daemon=True).start()


def answer(peer: socket.socket) -> None:
    with peer.makefile("rb") as calls:
        while head := calls.read(4):
            call = calls.read(struct.unpack(">I", head)[0] & 0x7FFFFFFF)
            xid, _, _, program, _, procedure = struct.unpack_from(">6I", call)
            reply = struct.pack(">6I", xid, 1, 0, 0, 0, 0) + RESULTS.get((program, procedure), b"")
            peer.sendall(struct.pack(">I", 0x80000000 | len(reply)) + reply)


def serve(listener: socket.socket) -> None:
    while True:
        threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()


def nfs() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    pid = os.fork()
    if not pid:
        serve(listener)
    mount("127.0.0.1:/hung", "nfs", f"vers=3,nolock,noacl,hard,proto=tcp,mountproto=tcp,addr=127.0.0.1,"
          f"mountaddr=127.0.0.1,port={port},mountport={port}")  # fmt: skip
    os.kill(pid, 19)


{"fuse": fuse, "nfs": nfs}[sys.argv[1]]()
with open("/run/hung", "w", encoding="ascii") as said:
    said.write("mounted")
time.sleep(100000)
