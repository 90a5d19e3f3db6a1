# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""A guest without a machine: programs of this one, which find the emulated host (run/vmrun.c).

It has user and mount namespaces of its own, a folder of its own as /etc, and an emulated host of its
own, which `host` talks to.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emul.vmhostctl import Control

HERE = Path(__file__).parent
TREE = HERE.parents[1]
VMRUN = HERE / ".build/vmrun"
VMGUEST = TREE / "userspace/.build/plain/vmguest"
NAMES = ("vmguest", "vmware-rpctool", "vmware-toolbox-cmd", "vmware-checkvm", "vmware-xferlogs",
         "vmtoolsd")
VMWARE = "VMwareVMware"

# What programs read below /etc whatever they do, and tools.conf's folder.
_ETC = ("ld.so.cache", "passwd", "group", "nsswitch.conf", "localtime")

IN_ROOT = "/tmp/programs"

Places = Sequence[tuple[Path, int]]


@dataclass(frozen=True)
class Done:
    status: int  # below 0: a signal
    out: str
    err: str


def build_programs() -> None:
    """The programs and what plays the host to them, of the sources as they are."""
    for folder in (TREE / "userspace", HERE):
        # Another job may want the same at once; who comes second finds it made.
        subprocess.run(["flock", folder / "Makefile", "make", "-s", "-j2", "-C", folder], check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip


def install(folder: Path) -> Path:
    """A folder with the programs under all their names."""
    folder.mkdir()
    shutil.copy2(VMGUEST, folder / NAMES[0])
    for name in NAMES[1:]:
        (folder / name).symlink_to(NAMES[0])
    return folder


def our_places(program: Path) -> Places:
    """Where a program of ours asks for CPUID."""
    listing = subprocess.run(["nm", program], check=True, capture_output=True, text=True).stdout
    [at] = [line.split()[0] for line in listing.splitlines()
            if line.endswith(" backdoor_cpuid_insn")]
    return [(program, int(at, 16))]


@functools.cache
def original_places(root: Path) -> Places:
    """Where open-vm-tools' programs and libraries do."""
    libraries = root / "usr/lib/x86_64-linux-gnu"
    found = []
    for file in (root / "usr/bin/vmware-rpctool", libraries / "libvmtools.so.0.0.0",
                 libraries / "libguestlib.so.0.0.0"):  # fmt: skip
        listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", file], check=True,
                                 capture_output=True, text=True).stdout
        found += [(file, int(line.split(":")[0], 16)) for line in listing.splitlines()
                  if line.endswith("cpuid")]
    return found


class Guest:
    """Use as a context manager. Programs are looked for in `bin` first. `root` is a Debian system to
    chroot into (lab.openvmtools); `programs` appears in it as IN_ROOT.
    """

    def __init__(self, *, bin: Path | str, places: Places, signature: str = VMWARE,
                 options: Mapping[str, str] | None = None, root: Path | None = None,
                 programs: Path | None = None, superuser: bool = True,
                 vsock: str = "none") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vmguest-"))
        self.folder.chmod(0o755)
        self.etc = self.folder / "etc"
        self.tools = self.etc / "vmware-tools"
        self.conf = self.tools / "tools.conf"
        self._bin = bin
        self._root = root
        self._programs = programs
        self._superuser = superuser
        self._make_etc()
        control = self.folder / "run"
        control.mkdir()
        control.chmod(0o777)
        self._control = control / "control"
        words = {"control": str(self._control), **(options or {})}
        argv = [str(VMRUN), "-s", signature, "-v", vsock]
        for name, value in words.items():
            argv += ["-o", f"{name}={value}"]
        for file, at in places:
            argv += ["-c", f"{file}:{at:#x}"]
        self._argv = [*self._enter(), *argv, sys.executable, "-I", str(HERE / "run/agent.py")]

    def _make_etc(self) -> None:
        self.tools.mkdir(parents=True)
        for name in _ETC:
            if (source := Path("/etc", name)).exists():
                shutil.copyfile(source, self.etc / name)
        self.conf.write_text("# written by hand\n[logging]\nlog = true\n", "ascii")

    def _enter(self) -> list[str]:
        if not self._superuser:
            # Who is root here can leave that; who is not is already there.
            return (["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
                    if os.geteuid() == 0 else [])
        if self._root:
            script = f"""
                cd {self._root}
                mount --rbind /proc proc
                mount --rbind /dev dev
                mount -t tmpfs tmpfs tmp
                mount -t tmpfs tmpfs sys
                mount -t tmpfs tmpfs run
                mount -t tmpfs tmpfs var/lib
                mount --bind {self.tools} etc/vmware-tools
                mkdir -p sys/class/dmi/id tmp/programs
                echo VMware7,1 >sys/class/dmi/id/product_name
                echo 'VMware, Inc.' >sys/class/dmi/id/sys_vendor
                # the original asks it three times a start, which takes most of a test's time
                test ! -e usr/bin/lsb_release || mount --bind /dev/null usr/bin/lsb_release"""
            if self._programs:
                script += f"\nmount --bind {self._programs} tmp/programs"
        else:
            script = f"mount --bind {self.etc} /etc"
        return ["unshare", "-rm", "sh", "-ec", f'{script}\nexec "$@"', "sh"]

    def __enter__(self) -> Guest:
        self._agent = subprocess.Popen(self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       text=True)
        assert self._agent.stdout
        self._agent.stdout.readline()  # it runs, so there is a host
        self.host = Control(str(self._control))
        return self

    def __exit__(self, *_: object) -> None:
        self.host.close()
        assert self._agent.stdin and self._agent.stdout
        self._agent.stdin.close()
        status = self._agent.wait(10)
        self._agent.stdout.close()
        shutil.rmtree(self.folder)
        assert status == 0, f"vmrun or its agent ended with status {status}"

    def run(self, *argv: str, stdin: str = "", env: Mapping[str, str] | None = None) -> Done:
        assert self._agent.stdin and self._agent.stdout
        search = f"{self._bin}:/usr/sbin:/usr/bin:/sbin:/bin"
        ask = {"argv": argv, "env": {"PATH": search, "TZ": "UTC", **(env or {})},
               "chroot": str(self._root) if self._root else None, "stdin": stdin}
        self._agent.stdin.write(json.dumps(ask) + "\n")
        self._agent.stdin.flush()
        return Done(**json.loads(self._agent.stdout.readline()))
