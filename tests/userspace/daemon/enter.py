#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Runs a program as the root of namespaces where root may do nothing to this machine.

Users 0 to 65535 exist in it, so that a daemon can become another one; /run and the network are
its own, and so is /etc, which is the folder of the first argument. Its clock, disks and power are the
machine's, which refuses them to it.
"""

import ctypes
import os
import subprocess
import sys

NEWNS, NEWUSER, NEWNET = 0x00020000, 0x10000000, 0x40000000


def map_users(pid: int) -> None:
    if os.getuid():
        for tool, own in (("newuidmap", os.getuid()), ("newgidmap", os.getgid())):
            subprocess.run([tool, str(pid), "0", str(own), "1", "1", "100000", "65535"], check=True)
        return
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/{pid}/{name}", "w", encoding="ascii") as file:
            file.write("0 0 65536")


def main(etc: str, argv: list[str]) -> None:
    ready, go = os.pipe()
    me = os.getpid()
    if not os.fork():
        os.close(go)
        if os.read(ready, 1):
            map_users(me)
        os._exit(0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEWNS | NEWUSER | NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    os.write(go, b"x")
    os.wait()
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    subprocess.run(["mount", "--bind", etc, "/etc"], check=True)
    os.execvp(argv[0], argv)


main(sys.argv[1], sys.argv[2:])
