# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The kernels that the drivers are built for and tested on, by name.

Each kernel of Debian comes with its headers, the compiler that its headers ask for and what a
build needs, in one root; our own debug kernel (`debug`) is built in the root of the newest.
`build` compiles in these roots, `layers` takes modules from them, `vm` boots the images.
"""

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import LabError, roots

# What an external module's build runs, beside the compiler that the headers depend on.
_BUILD = ("bash", "binutils", "coreutils", "dash", "diffutils", "findutils", "gawk", "gcc", "grep",
          "kmod", "libc6-dev", "make", "perl", "sed", "tar", "xz-utils")
# A whole kernel is built in the newest root, and the source checkers run there.
_SOURCE = ("bc", "bison", "clang", "coccinelle", "flex", "gzip", "libelf-dev", "libssl-dev", "lld",
           "llvm", "python3", "rsync", "sparse")
# The smallest package that satisfies what the kernel image depends on.
_IMAGE = ("linux-image-amd64", "linux-headers-amd64", "tiny-initramfs")

_RECIPES = {
    "5.10": (("bullseye",), ()),
    "6.1": (("bookworm",), ()),
    "6.12": (("trixie",), ("sparse",)),
    "7.2": (("sid",), ()),
    "7.3": (("trixie", "trixie-backports"), _SOURCE),
}

NEWEST = "7.3"
# The newest whose headers Debian's sparse understands: 7.3 wants __typeof_unqual__ of it.
SPARSE = "6.12"
DEBUG = "debug"
NAMES = (*_RECIPES, DEBUG)


@dataclass(frozen=True)
class Kernel:
    """A kernel to boot and to build for."""

    name: str
    release: str    # as uname -r says
    vmlinuz: Path
    modules: Path   # lib/modules/<release>, with the indexes of depmod
    root: Path      # the root to build in
    kdir: str       # the headers' path inside that root
    cc: str         # the compiler that built it
    binds: Mapping[Path, str] = field(default_factory=dict)     # what it needs beside its root

    def run(self, argv: Sequence[str], *, binds: Mapping[Path, str] | None = None,
            **options) -> subprocess.CompletedProcess:
        """Run a program in the kernel's root; see roots.run_in_root."""
        return roots.run_in_root(self.root, argv, binds={**self.binds, **(binds or {})}, **options)


def get(name: str) -> Kernel:
    """Return the kernel, fetched (or built, for `debug`) on first use."""
    if name == DEBUG:
        from . import debug     # it needs the newest of these kernels
        return debug.kernel()
    if name not in _RECIPES:
        raise LabError(f"no kernel '{name}': there are {', '.join(NAMES)}")
    suites, extra = _RECIPES[name]
    recipe = roots.Recipe(f"kernel-{name}", suites, _IMAGE + _BUILD + extra)
    return _describe(name, roots.get(recipe, _index_modules))


def host_default() -> str:
    """The name of the kernel that the host's own Debian release ships."""
    lines = Path("/etc/os-release").read_text("utf-8").splitlines()
    return "6.12" if 'VERSION_ID="13"' in lines else "6.1"


def _index_modules(root: Path) -> None:
    folder = _modules(root)
    roots.run_in_root(root, ["depmod", folder.name], check=True)


def _describe(name: str, root: Path) -> Kernel:
    modules = _modules(root)
    release = modules.name
    if not release.startswith(f"{name}."):
        raise LabError(f"Debian's {_RECIPES[name][0][-1]} no longer has Linux {name} but {release}")
    kdir = f"/lib/modules/{release}/build"
    images = (root / "boot" / f"vmlinuz-{release}", modules / "vmlinuz")
    return Kernel(name=name, release=release, modules=modules, root=root, kdir=kdir,
                  vmlinuz=next(image for image in images if image.exists()),
                  cc=_compiler(root / "usr/src" / f"linux-headers-{release}"))


def _modules(root: Path) -> Path:
    """The one lib/modules/<release> of the root that has modules in it."""
    found = [path.parent for path in (*root.glob("lib/modules/*/kernel"),
                                      *root.glob("usr/lib/modules/*/kernel"))]
    return found[0]


def _compiler(headers: Path) -> str:
    """Debian's headers name their compiler; it differs from the root's `gcc` now and then."""
    found = re.search(r"\bgcc-\d+", (headers / ".kernelvariables").read_text("utf-8"))
    return found.group() if found else "gcc"
