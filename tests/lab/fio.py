# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""fio for guests: one static program, built from the source of Debian's package.

Debian's own is linked with the clients of several clusters, 40 MB of libraries. Unpacking them took
most of a guest's boot, and linking them most of what a short run of fio took.
"""

import os
import subprocess
from pathlib import Path

from . import LabError, cache, kernels, progress, roots

VERSION = "3.33"
_SHA256 = "d2410e13e0f379d061d077cc5ae325835bb7c6186aa7bafc1df954cbc9b014fc"
_DOWNLOAD = "/usr/lib/apt/apt-helper"   # it knows of apt's proxies

# What the program is made with beside a compiler.
LIBRARIES = roots.Recipe("fio-libraries", ("bookworm",), ("base-files", "libaio-dev"))

_BUILD = """
LDFLAGS="-L$(dirname /aio/usr/lib/*/libaio.a)"
export LDFLAGS
./configure --build-static --disable-native --disable-tcmalloc \\
    --extra-cflags="-I/aio/usr/include $LDFLAGS"
make -j {jobs} fio
./fio --enghelp=libaio
./fio --enghelp=io_uring
strip -o /out/fio fio
"""


def program() -> Path:
    """The program, which runs on the host as well."""
    return cache.entry("programs", "fio", cache.key(VERSION, _SHA256, _BUILD, LIBRARIES.key()),
                       _make)


def _make(path: Path) -> None:
    with progress.step(f"fetch and build fio {VERSION}"):
        folder = path.with_name("fio.build")
        folder.mkdir()
        archive = path.with_name("fio.tar.gz")
        _download(archive)
        subprocess.run(["tar", "-xf", archive, "-C", folder, "--strip-components=1"], check=True)
        log = path.with_name("fio.log")
        with log.open("wb") as stream:
            done = kernels.get(kernels.host_default()).run(
                ["sh", "-ec", _BUILD.format(jobs=os.cpu_count())], cwd="/src",
                stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
                binds={folder: "/src", path.parent: "/out", roots.get(LIBRARIES): "/aio"})
        if done.returncode:
            tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-20:])
            raise LabError(f"fio {VERSION} cannot be built:\n{tail}")
        (path.parent / "fio").rename(path)


def _download(to: Path) -> None:
    address = f"{roots.mirror().rstrip('/')}/pool/main/f/fio/fio_{VERSION}.orig.tar.gz"
    done = subprocess.run([_DOWNLOAD, "download-file", address, to, f"SHA256:{_SHA256}"],
                          capture_output=True, text=True)
    if done.returncode:
        raise LabError(f"cannot fetch {address}: {(done.stdout + done.stderr).strip()}")
