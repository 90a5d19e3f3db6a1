# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""C of ours that runs beside or inside QEMU, or in a guest without its C library: built by the
machine's own gcc, without a warning, and kept by `cache`.

Kernel modules are built by `build`, with the compiler of their kernel.
"""

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from . import LabError, cache

_FLAGS = ("-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror")
# For a program in a guest, whatever there is in that guest.
STATIC = ("-static", "-s")
SHARED = ("-shared", "-fPIC", "-fvisibility=hidden")


def build(name: str, sources: Sequence[Path], options: Sequence[str] = STATIC,
          headers: Iterable[Path] = (), libraries: Iterable[str] = ()) -> Path:
    """The program or shared object of that name; `headers` are what the sources include of ours."""
    command = ["gcc", *_FLAGS, *options, "-o"]
    # They count for what stands before them.
    after = [f"-l{library}" for library in libraries]

    def fill(path: Path) -> None:
        try:
            subprocess.run([*command, path, *sources, *after], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise LabError(f"cannot build {name} with gcc: its messages are above") from error
        path.chmod(0o755)

    return cache.entry("programs", name, cache.key(*sources, *headers, *command, *after), fill)
