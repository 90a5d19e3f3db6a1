# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The newest kernel's headers, prepared anew for a build with clang.

Debian configures its headers for gcc, and so they hand options to the compiler that clang does
not know. Here the same configuration is told that the compiler is clang. The modules are for
compiling, not for loading.
"""

from dataclasses import replace
from pathlib import Path

from . import LabError, cache, kernels, progress, source

HEADERS = "/clang"

_PREPARE = """
cd /out/obj
export LLVM=1
make -s -C /src O=/out/obj olddefconfig
make -s -j$(nproc) modules_prepare
""" + source.INSTALL_HEADERS


def kernel(gcc: kernels.Kernel) -> kernels.Kernel:
    """Return the kernel as it would be if clang had built it; prepared on first use."""
    if gcc.name != kernels.NEWEST:
        raise LabError(f"clang builds are for {kernels.NEWEST}, not for {gcc.name}")
    path = cache.entry("kernels", "clang",
                       cache.key(_PREPARE, gcc.root.name, source.get().name),
                       lambda path: _prepare(gcc, path))
    return replace(gcc, name=f"{gcc.name}-clang", cc="clang", kdir=HEADERS,
                   binds={path / "headers": HEADERS})


def _prepare(gcc: kernels.Kernel, path: Path) -> None:
    objects = path.parent / "obj"
    objects.mkdir()
    path.mkdir()
    headers = gcc.root / "usr/src" / f"linux-headers-{gcc.release}"
    for name in (".config", "Module.symvers"):
        (objects / name).write_bytes((headers / name).read_bytes())
    with progress.step("prepare headers for clang"):
        source.make(_PREPARE, path)
