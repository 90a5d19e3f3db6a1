# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The source of the newest kernel, from Debian's linux-source package.

The debug kernel is built from it; checkpatch, kernel-doc, coccinelle's rules and the kernel's own
selftests come from it. Nothing of it is part of our drivers.
"""

import subprocess
from pathlib import Path

from . import LabError, cache, kernels, progress, roots

# What an external module needs of the tree that was built in /out, as the headers packages do it.
INSTALL_HEADERS = """
make -s run-command \\
    KBUILD_RUN_COMMAND='"$(srctree)"/scripts/package/install-extmod-build /dest/headers'
"""

RECIPE = roots.Recipe("source", ("trixie", "trixie-backports"),
                      (f"linux-source-{kernels.NEWEST}",))

# A third of the tree: code of other processors, and one GPU's register lists.
UNWANTED = ("arch/[!x]*.[chS]", "arch/[!x]*.dts*", "drivers/gpu/drm/amd/include/asic_reg")


def get() -> Path:
    """The unpacked tree, fetched on first use."""
    return cache.entry("source", f"linux-{kernels.NEWEST}",
                       cache.key(RECIPE.key(), *UNWANTED), _fetch)


def make(script: str, dest: Path) -> None:
    """Run a shell script that builds something of the source, in the newest kernel's root.

    It finds the source in /src, leaves its result in /dest, and may use /out, the folder that
    `dest` is in; neither outlives a failure, the log does.
    """
    log = cache.root() / "logs" / f"{dest.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        done = kernels.get(kernels.NEWEST).run(
            ["sh", "-ec", script], stdout=stream, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            binds={get(): "/src", dest.parent: "/out", dest: "/dest"})
    if done.returncode:
        raise LabError(f"building {dest.name} failed: see {log}")


def _fetch(path: Path) -> None:
    package = path.with_name("package")
    with progress.step(f"fetch linux-{kernels.NEWEST} source"):
        package.mkdir()
        roots.unpack(RECIPE, package)
        path.mkdir()
        top = f"linux-source-{kernels.NEWEST}"
        archive = package / "usr/src" / f"{top}.tar.xz"
        done = subprocess.run(
            ["tar", "-x", "-J", "-C", path, "--strip-components=1", "--no-same-owner",
             *(f"--exclude={top}/{name}" for name in UNWANTED), "-f", archive],
            check=False, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise LabError(f"unpacking {archive.name} failed: {done.stderr.strip()[-200:]}")
