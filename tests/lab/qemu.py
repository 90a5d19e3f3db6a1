# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The lab's own QEMU, one version on every machine.

It comes from Debian's packages into a root of its own and runs through the C library that it
was built with, so the host's age does not matter and its QEMU is never touched. How a guest is
started is the business of `vm`.
"""

import subprocess
from pathlib import Path

from . import LabError, cache, roots

# Plugins are compiled against this version's interface.
VERSION = "11.1"

RECIPE = roots.Recipe(
    "qemu", ("trixie", "trixie-backports"),
    ("qemu-system-x86", "qemu-system-data", "qemu-utils", "seabios", "ipxe-qemu"))

LIBRARIES = "usr/lib/x86_64-linux-gnu"
DATA = ("usr/share/qemu", "usr/share/seabios", "usr/lib/ipxe/qemu")


def binary() -> Path:
    """qemu-system-x86_64, fetched on first use."""
    return _wrapper("qemu-system-x86_64", "".join(f' -L "$root/{path}"' for path in DATA))


def img() -> Path:
    """qemu-img, fetched on first use."""
    return _wrapper("qemu-img", "")


def _wrapper(name: str, options: str) -> Path:
    root = roots.get(RECIPE)
    text = f"""#!/bin/sh
# Runs the {name} of this folder with the libraries of this folder.
root='{root}'
export QEMU_MODULE_DIR="$root/{LIBRARIES}/qemu"
exec "$root/{LIBRARIES}/ld-linux-x86-64.so.2" --argv0 {name} \\
    --library-path "$root/{LIBRARIES}" \\
    "$root/usr/bin/{name}"{options} "$@"
"""

    def write(path: Path) -> None:
        path.write_text(text, "ascii")
        path.chmod(0o755)
        check(path)

    return cache.entry("bin", name, cache.key(text), write)


def check(program: Path) -> None:
    """Refuse a program that does not run here or is not of the version that the lab is for."""
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    words = shown.stdout.split()
    if shown.returncode or "version" not in words:
        raise LabError(f"{program.name} does not run here: {shown.stderr.strip()[-200:]}")
    version = words[words.index("version") + 1]
    if not version.startswith(f"{VERSION}."):
        raise LabError(f"the lab needs {program.name} {VERSION}, Debian now has {version}")
