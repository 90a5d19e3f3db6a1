# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The debug kernel: built from Debian's kernel source with every checker switched on.

Which ones, and why, is in fragment.config beside this file. The result looks like any other
kernel of the lab: `kernels.get("debug")`.
"""

import shutil
from dataclasses import replace
from pathlib import Path

from .. import LabError, cache, kernels, progress, source

FRAGMENT = Path(__file__).with_name("fragment.config")

# Below this mount point the kernel's headers appear in the root of the newest kernel.
HEADERS = "/debug"

_CONFIGURE = """
make -s -C /src O=/out/obj tinyconfig
cd /out/obj
/src/scripts/kconfig/merge_config.sh -Q -m -O . .config /out/fragment.config
make -s olddefconfig
"""

_BUILD = """
cd /out/obj
make -s -j$(nproc) bzImage modules
make -s modules_install INSTALL_MOD_PATH=/dest
rm -f /dest/lib/modules/*/build /dest/lib/modules/*/source
cp arch/x86/boot/bzImage /dest/vmlinuz
cp .config /dest/config
""" + source.INSTALL_HEADERS


def kernel() -> kernels.Kernel:
    """Return the debug kernel, built on first use."""
    newest = kernels.get(kernels.NEWEST)
    built = cache.entry(
        "kernels", "debug",
        cache.key(FRAGMENT, _CONFIGURE, _BUILD, newest.root.name, source.get().name),
        _build)
    modules = next(built.glob("lib/modules/*"))
    return replace(newest, name=kernels.DEBUG, release=modules.name, vmlinuz=built / "vmlinuz",
                   modules=modules, kdir=HEADERS, binds={built / "headers": HEADERS})


def unmet(fragment: str, config: str) -> list[str]:
    """The lines of the fragment that the configuration does not honour."""
    settings = set(config.splitlines())
    present = {line.split("=")[0] for line in settings if line.startswith("CONFIG_")}
    missing = []
    for line in fragment.splitlines():
        words = line.split()
        if line.startswith("CONFIG_") and line not in settings:
            missing.append(line)
        elif line.endswith(" is not set") and words[1] in present:
            missing.append(line)
    return missing


def _build(path: Path) -> None:
    out = path.parent
    shutil.copy(FRAGMENT, out / "fragment.config")
    (out / "obj").mkdir()
    path.mkdir()
    with progress.step("build the debug kernel (5 to 15 minutes)"):
        source.make(_CONFIGURE, path)
        config = (out / "obj/.config").read_text("utf-8")
        if missing := unmet(FRAGMENT.read_text("utf-8"), config):
            raise LabError(f"Linux {kernels.NEWEST} does not honour {FRAGMENT.name}: "
                           + ", ".join(missing))
        source.make(_BUILD, path)
