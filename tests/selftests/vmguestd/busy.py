# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Runs in the guest: holds the lock under which the kernel's network is read and changed, until it is killed.

A driver is asked something, and the answer cannot be written down: it goes to a page that is handled by
a userfaultfd, which is ours and which nobody serves. A file says that it is so.
"""

import ctypes
import fcntl
import mmap
import os
import socket
import struct
import threading

USERFAULTFD = {"x86_64": 323, "aarch64": 282}
UFFDIO_API, UFFDIO_REGISTER = 0xC018AA3F, 0xC020AA00
SIOCETHTOOL, ETHTOOL_GLINK = 0x8946, 0x0A

libc = ctypes.CDLL(None, use_errno=True)
page = mmap.PAGESIZE
memory = mmap.mmap(-1, 2 * page, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
address = ctypes.addressof(ctypes.c_char.from_buffer(memory))

fault = libc.syscall(USERFAULTFD[os.uname().machine], os.O_CLOEXEC)
if fault < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
fcntl.ioctl(fault, UFFDIO_API, struct.pack("3Q", 0xAA, 0, 0))
fcntl.ioctl(fault, UFFDIO_REGISTER, struct.pack("4Q", address + page, page, 1, 0))
# What is asked is the last word of the first page, and the answer the first of the second.
struct.pack_into("I", memory, page - 4, ETHTOOL_GLINK)


def said() -> None:
    """The kernel waits for the page, with its lock held."""
    os.read(fault, 32)
    with open("/run/busy", "w", encoding="ascii") as file:
        file.write("locked")


threading.Thread(target=said, daemon=True).start()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
    libc.ioctl(asker.fileno(), SIOCETHTOOL, struct.pack("16sQ16x", b"lo", address + page - 4))
