# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The shipped vmguestd, both of its processes, between an emulated host and namespaces in which root may
do nothing to this machine (enter.py). It is traced by what plays the hypervisor, and therefore leaves
clock, power and disks alone by itself as well.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from emul.vmhostctl import Control, HostError

from ..guest import TREE, VMRUN, our_places

HERE = Path(__file__).parent
DAEMON = TREE / "userspace/.build/plain/vmguestd"
DEADLINE = 30.0


def wait_for(what: Callable[[], object], message: str) -> object:
    """What `what` gives, once it is true."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if value := what():
            return value
        time.sleep(0.02)    # between two looks; the deadline decides
    raise AssertionError(message)


def _connect(path: Path) -> Control | None:
    """There may be a file already that nobody listens at yet."""
    try:
        return Control(str(path))
    except HostError:
        return None


class Running:
    """vmguestd and its host."""

    def __init__(self, conf: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vmguestd-"))
        self.folder.chmod(0o755)
        self.etc = self.folder / "etc"
        self.etc.mkdir()
        for name in ("ld.so.cache", "passwd", "group", "nsswitch.conf", "os-release"):
            shutil.copyfile(Path("/etc", name), self.etc / name)
        (self.etc / "vmware-tools").mkdir()
        (self.etc / "vmguest").mkdir()
        (self.etc / "vmguest/vmguest.conf").write_text("[vmguestd]\nuser=nobody\n" + conf, "ascii")
        control = self.folder / "host"
        argv = [sys.executable, str(HERE / "enter.py"), str(self.etc), str(VMRUN),
                "-s", "VMwareVMware", "-o", f"control={control}"]
        for file, at in our_places(DAEMON):
            argv += ["-c", f"{file}:{at:#x}"]
        self.log = self.folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([*argv, str(DAEMON)], stderr=log)
        host = wait_for(lambda: _connect(control), "there is no host")
        assert isinstance(host, Control)
        self.host = host

    def pids(self) -> list[int]:
        """Of vmguestd: the broker, then the worker and what else it has started."""
        parents = {}
        for entry in Path("/proc").iterdir():
            try:
                if os.readlink(entry / "exe") == str(DAEMON) and self._ours(entry):
                    parents[int(entry.name)] = int(self.status(int(entry.name))["PPid"])
            except OSError:
                continue
        # Not by number alone: they begin anew when there are no higher ones.
        return sorted(parents, key=lambda pid: (parents[pid] in parents, pid))

    def both(self) -> list[int]:
        """Those two, when no child of the broker's lives, which is for a moment only."""
        pids = wait_for(lambda: len(found := self.pids()) == 2 and found, "there are not two processes")
        assert isinstance(pids, list)
        return pids

    def _ours(self, entry: Path) -> bool:
        return os.stat(entry / "ns/mnt").st_ino == os.stat(f"/proc/{self.process.pid}/ns/mnt").st_ino

    def status(self, pid: int) -> dict[str, str]:
        text = Path(f"/proc/{pid}/status").read_text("ascii")
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)

    def ask(self, request: object) -> dict:
        """A request on its control socket."""
        with self.asked(request) as answer:
            return answer

    @contextmanager
    def asked(self, request: object) -> Iterator[dict]:
        """The answer, while the connection is still open. The socket is found through its own root."""
        path = f"/proc/{self.pids()[0]}/root/run/vmguestd/control"
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(DEADLINE)
            client.connect(path)
            client.sendall(json.dumps(request).encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                answer += client.recv(65536) or b"\n"
            yield json.loads(answer)

    def close(self) -> None:
        self.host.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(DEADLINE)
        shutil.rmtree(self.folder)


def registered(daemon: Running) -> None:
    daemon.host.wait("guestinfo", timeout=DEADLINE)
    wait_for(lambda: daemon.host.state("tools")["running"], "tools do not run")


def private_kib(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return sum(int(number) for number in re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.MULTILINE))
