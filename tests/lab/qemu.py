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
    ("qemu-system-x86", "qemu-system-data", "qemu-utils", "seabios", "ipxe-qemu", "libjansson4"))

# For plugins that are built with sanitizers; any newer than the compiler's will do.
SANITIZERS = roots.Recipe("sanitizers", ("trixie",), ("libasan8", "libubsan1"))
_PRELOADED = ("libasan.so.8", "libubsan.so.1")

LIBRARIES = "usr/lib/x86_64-linux-gnu"
_DATA = ("usr/share/qemu", "usr/share/seabios", "usr/lib/ipxe/qemu")
_DATA_OPTIONS = "".join(f' -L "$root/{path}"' for path in _DATA)


def binary() -> Path:
    """qemu-system-x86_64, fetched on first use."""
    return _wrapper("qemu-system-x86_64", _DATA_OPTIONS)


def sanitizing() -> Path:
    """The same, for plugins built with AddressSanitizer and UBSan: what these find ends it."""
    folder = roots.get(SANITIZERS) / LIBRARIES
    preload = " ".join(str(folder / name) for name in _PRELOADED)
    # What QEMU itself has at its end it leaves to the kernel.
    return _wrapper("qemu-system-x86_64", _DATA_OPTIONS, f"""--preload '{preload}' """, """\
export ASAN_OPTIONS=abort_on_error=1:detect_leaks=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
""")


def img() -> Path:
    """qemu-img, fetched on first use."""
    return _wrapper("qemu-img")


def _wrapper(name: str, options: str = "", loading: str = "", environment: str = "") -> Path:
    root = roots.get(RECIPE)
    text = f"""#!/bin/sh
# Runs the {name} of this folder with the libraries of this folder.
root='{root}'
export QEMU_MODULE_DIR="$root/{LIBRARIES}/qemu"
{environment}exec "$root/{LIBRARIES}/ld-linux-x86-64.so.2" --argv0 {name} \\
    --library-path "$root/{LIBRARIES}" {loading}\\
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
