# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The kernel's own selftests of network drivers, made ready to run in a guest.

They are python on top of the kernel's netlink library and specifications, with a few C helpers
that are compiled here. `layers.selftests` puts the result into a guest.
"""

import shutil
from pathlib import Path

from . import cache, progress, roots, source

# Where the guest has the part of the kernel tree that is copied.
TREE = "usr/src/linux"

# The tests themselves, and what they import: nothing of simulated or of other people's devices.
_FOLDERS = ("tools/testing/selftests/net/lib", "tools/testing/selftests/drivers/net/lib",
            "tools/testing/selftests/drivers/net/hw", "tools/net/ynl/pyynl",
            "Documentation/netlink/specs")
_FILES = ("tools/testing/selftests/drivers/net/*.py",)

# Programs that the tests run by a path beside themselves.
_HELPERS = ("tools/testing/selftests/drivers/net/napi_id_helper",
            "tools/testing/selftests/net/lib/csum", "tools/testing/selftests/net/lib/xdp_helper")

_COMPILE = """
make -s -C /src O=/out/obj headers_install INSTALL_HDR_PATH=/out/usr
for helper in {helpers}; do
    gcc -static -O2 -Wall -I/out/usr/include -I/src/tools/testing/selftests \\
        -o /dest/$helper /src/$helper.c
done
"""


def get(python_root: Path) -> Path:
    """The folder that becomes TREE; `python_root` has the python that compiles the modules."""
    key = cache.key(source.get().name, python_root.name, _COMPILE, *_FOLDERS, *_FILES, *_HELPERS)
    return cache.entry("selftests", "drivers-net", key, lambda path: _fill(path, python_root))


def _fill(path: Path, python_root: Path) -> None:
    tree = source.get()
    with progress.step("prepare the kernel's selftests"):
        for folder in _FOLDERS:
            shutil.copytree(tree / folder, path / folder, symlinks=True)
        for file in (found for pattern in _FILES for found in tree.glob(pattern)):
            shutil.copy(file, path / file.relative_to(tree))
        source.make(_COMPILE.format(helpers=" ".join(_HELPERS)), path)
        roots.compile_python(python_root, path)
