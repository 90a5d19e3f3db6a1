# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Our modules, built for a kernel of the lab in that kernel's own root with its own compiler.

The tree is copied first, so that builds for several kernels may run side by side and the work
tree stays clean. The result and the whole log of the build are kept by `cache`.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import LabError, cache, clang, kernels, progress

TREE = Path(__file__).parents[2]
SOURCES = ("VERSION", "Makefile", "Kbuild", "drivers", "tests/kunit")
# What a build in the work tree leaves behind, by the end of the name or by the folder.
PRODUCTS = (".o", ".ko", ".mod", ".mod.c", ".cmd", ".a", ".order", ".symvers", ".d")
PRODUCT_FOLDER = ".cache"

PROBES = "drivers/compat/probes"
PROBED = f"drivers/compat/{PRODUCT_FOLDER}"

LOG = "build.log"
ANSWERS = "answers"     # of the compatibility probes


def modules(kernel: kernels.Kernel, cc: str | None = None,
            extra_make: Sequence[str] = ()) -> Path:
    """Build the tree's modules; returns a folder with the .ko files and the build's log.

    `cc` may be "clang" for the newest kernel; `extra_make` goes to make as it is.
    """
    if cc == "clang":
        kernel = clang.kernel(kernel)
    elif cc not in (None, kernel.cc):
        raise LabError(f"{kernel.name} is built with {kernel.cc} or clang, not {cc}")
    sources = source_files(TREE)
    key = cache.key(cache.tree_key(TREE, sources), kernel.kdir, str(kernel.modules), *extra_make,
                    Path(__file__))

    def fill(path: Path) -> None:
        path.mkdir()
        copy = path.with_name("src")
        for source in sources:
            target = copy / source.relative_to(TREE)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
        shutil.copytree(_answers(kernel, copy), copy / PROBED)
        with progress.step(f"build for {kernel.name}"):
            _make(kernel, copy, path / LOG, "W=1", *extra_make, "modules")
        for built in (*copy.rglob("*.ko"), *copy.rglob(ANSWERS)):
            shutil.copy(built, path)

    return cache.entry("build", kernel.name, key, fill)


def _answers(kernel: kernels.Kernel, copy: Path) -> Path:
    """The probes' answers, asked anew only when the questions change: they take longer than
    the drivers to compile."""
    questions = [path for path in source_files(copy)
                 if path.is_relative_to(copy / PROBES) or path.name == "probe.sh"]
    key = cache.key(cache.tree_key(copy, questions), kernel.kdir, str(kernel.modules))

    def fill(path: Path) -> None:
        with progress.step(f"probe {kernel.name}"):
            _make(kernel, copy, path.with_name(LOG), "probe")
        (copy / PROBED).rename(path)

    return cache.entry("probes", kernel.name, key, fill)


def _make(kernel: kernels.Kernel, copy: Path, log: Path, *arguments: str) -> None:
    with log.open("wb") as stream:
        done = kernel.run(["make", "-C", "/src", f"KDIR={kernel.kdir}", *arguments],
                          binds={copy: "/src"}, stdin=subprocess.DEVNULL, stdout=stream,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        raise LabError(_complaint(kernel, log))


def source_files(tree: Path) -> list[Path]:
    """The files of the tree that take part in a build."""
    tops = [tree / name for name in SOURCES]
    files = [top for top in tops if top.is_file()]
    files += [path for top in tops if top.is_dir() for path in top.rglob("*") if path.is_file()]
    return sorted(path for path in files if not path.name.endswith(PRODUCTS)
                  and PRODUCT_FOLDER not in path.relative_to(tree).parts)


def _complaint(kernel: kernels.Kernel, log: Path) -> str:
    kept = cache.root() / "logs" / f"build-{kernel.name}.log"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(log, kept)
    tail = log.read_text("utf-8", "replace").splitlines()[-20:]
    return "\n".join([*tail, f"the build for {kernel.name} failed; the whole log is {kept}"])
