# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Runs commands for guest.py: it is the one program that vmrun starts, and all that it starts
finds the same emulated host.

It says "ready". A line of JSON with "argv", "env", "chroot" and "stdin" on standard input, a line with "status", "out"
and "err" (latin-1: a byte a character) on standard output. A status below 0 is a signal.
"""

import functools
import json
import os
import subprocess
import sys


def enter(root: str) -> None:
    os.chroot(root)
    os.chdir("/")


print("ready", flush=True)
for line in sys.stdin:
    ask = json.loads(line)
    root = ask["chroot"]
    done = subprocess.run(
        ask["argv"], env=ask["env"], input=ask["stdin"].encode("latin-1"), capture_output=True,
        preexec_fn=functools.partial(enter, root) if root else None, cwd="/", check=False)
    print(json.dumps({"status": done.returncode, "out": done.stdout.decode("latin-1"),
                      "err": done.stderr.decode("latin-1")}), flush=True)
