# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Debian packages unpacked in folders of their own, and programs run inside them.

A root is made by mmdebstrap, as a rule without running any package's scripts: nothing is installed
on the host, and a plain user owns every file. What a root holds is decided by `kernels`, `qemu` and
`layers`; here is only how to get one and how to enter it.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import LabError, cache, progress

# Never needed here, and a third of what is unpacked.
UNWANTED = ("./dev", "./usr/share/doc", "./usr/share/man", "./usr/share/locale",
            "./usr/share/info", "./usr/share/lintian")

# Unpacking alone leaves out what maintainer scripts and update-alternatives would link.
LINKS = {"usr/bin/awk": ("gawk", "mawk"), "bin/sh": ("dash",), "usr/bin/cc": ("gcc",)}

MOUNT_POINTS = ("dev", "proc", "src", "out", "tmp")


@dataclass(frozen=True)
class Recipe:
    """What a root is made of. With two suites, packages come from the second where it has them.

    If `installed`, it is a system that boots: the packages are set up by their own scripts. `debs` lie
    in /srv as files, to be installed later.
    """

    name: str
    suites: tuple[str, ...]
    packages: tuple[str, ...]
    installed: bool = False
    debs: tuple[str, ...] = ()

    def key(self) -> str:
        return cache.key(*self.suites, "|", *self.packages, *(["installed"] * self.installed),
                         *(["|", *self.debs] if self.debs else []))  # fmt: skip


def get(recipe: Recipe, finish: Callable[[Path], object] = lambda root: None) -> Path:
    """Return the root of the recipe, fetched on first use and then handed to `finish` once."""
    return cache.entry("roots", recipe.name, recipe.key(),
                       lambda path: _fetch(recipe, path, finish))


def run_in_root(root: Path, argv: Sequence[str], *, binds: Mapping[Path, str] | None = None,
                cwd: str = "/", env: Mapping[str, str] | None = None,
                **options) -> subprocess.CompletedProcess:
    """Run a program of the root, in the root, as its root user; `options` go to subprocess.run.

    `binds` maps host folders to where they appear inside. /proc and /dev are the host's, /tmp is
    empty and private. Needs no privilege: it runs in a user and mount namespace of its own.
    """
    mounts = []
    for host, guest in (binds or {}).items():
        (root / guest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        mounts.append(f"mount --bind {shlex.quote(str(host))} .{shlex.quote(guest)}")
    # The host's /proc and /dev are locked together by the kernel: only a recursive bind may
    # carry them into a new user namespace.
    script = "\n".join([
        "mount --rbind /proc ./proc",
        "mount --rbind /dev ./dev",
        "mount -t tmpfs tmpfs ./tmp",
        *mounts,
        f'exec chroot . env -C {shlex.quote(cwd)} "$@"',
    ])
    base = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp", "LC_ALL": "C.UTF-8"}
    path = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
    words = [f"{name}={value}" for name, value in {**base, **(env or {})}.items()]
    return subprocess.run(
        ["unshare", "-rm", "sh", "-ec", script, "sh", "-i", *words, *argv],
        cwd=root, env=path, **options)


def compile_python(root: Path, folder: Path) -> None:
    """Compile the python modules of a host folder with the root's python, for good.

    Compiling at the first import takes an emulated guest many times longer than the import.
    """
    run_in_root(root, ["python3", "-m", "compileall", "-q", "--invalidation-mode",
                       "unchecked-hash", "/src"], binds={folder: "/src"}, check=True)


def mirror() -> str:
    """The Debian mirror that this machine's apt uses, or $VMGUEST_MIRROR."""
    if uri := os.environ.get("VMGUEST_MIRROR"):
        return uri
    listing = _output("apt-get", "indextargets", "--format", "$(REPO_URI)",
                      "Created-By: Packages")
    for uri in listing.splitlines():
        # Cloud images name a file that lists mirrors.
        if uri.startswith("mirror+file:"):
            uri = Path(uri.removeprefix("mirror+file:")).read_text("utf-8").split()[0]
        if uri.rstrip("/").endswith("/debian"):
            return uri
    raise LabError("apt knows no Debian mirror: run `apt-get update`, "
                   "or set VMGUEST_MIRROR to the address of one")


def _fetch(recipe: Recipe, path: Path, finish: Callable[[Path], object]) -> None:
    with progress.step(f"fetch {recipe.name}"):
        path.mkdir()
        unpack(recipe, path)
        for name in MOUNT_POINTS:
            (path / name).mkdir(exist_ok=True)
        if not recipe.installed:
            _make_do(path)
        finish(path)


def _make_do(path: Path) -> None:
    """What packages rely on and their scripts would have made."""
    (path / "etc").mkdir(exist_ok=True)
    (path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n", "ascii")
    for link, targets in LINKS.items():
        _link(path / link, targets)


def unpack(recipe: Recipe, path: Path) -> None:
    """Unpack the recipe's packages, and what they depend on, into a folder; no root is made."""
    _check_host()
    log = path.with_name("mmdebstrap.log")
    with open(log, "wb") as errors:
        with subprocess.Popen(_mmdebstrap(recipe), stdout=subprocess.PIPE, stderr=errors) as debs:
            tar = subprocess.run(
                ["tar", "-x", "-C", path, "--no-same-owner", "--no-same-permissions",
                 *(f"--exclude={name}" for name in UNWANTED)],
                stdin=debs.stdout, stderr=errors, check=False)
            assert debs.stdout is not None
            debs.stdout.close()
    if debs.returncode or tar.returncode:
        tail = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
        errors_only = [line for line in tail if line.startswith("E:")]
        raise LabError(f"fetching {recipe.name} from {mirror()} failed: "
                       + "; ".join((errors_only or tail)[-3:]))


def _check_host() -> None:
    for tool in ("mmdebstrap", "unshare"):
        if not shutil.which(tool):
            raise LabError(f"{tool} is not installed: run `make setup`")
    tried = subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True, text=True)
    if tried.returncode:
        raise LabError("the lab builds in user namespaces, which this machine (or the container it "
                       f"is) does not allow: {tried.stderr.strip()}")


def _mmdebstrap(recipe: Recipe) -> list[str]:
    options = [
        # An archive that is frozen or no longer supported stops renewing its date.
        'Acquire::Check-Valid-Until "false"',
        'Acquire::Retries "5"',
        f'APT::Default-Release "{recipe.suites[-1]}"',
    ]
    if proxy := _output("apt-config", "shell", "P", "Acquire::http::Proxy"):
        options.append(f'Acquire::http::Proxy "{shlex.split(proxy)[0].removeprefix("P=")}"')
    variant = "essential" if recipe.installed else "extract"
    fetch = f'cd "$1/srv" && APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get download {" ".join(recipe.debs)}'
    return ["mmdebstrap", "--mode=unshare", f"--variant={variant}", "--format=tar",
            *(f"--aptopt={option}" for option in options),
            f"--include={','.join(recipe.packages)}",
            *([f"--customize-hook={fetch}"] if recipe.debs else []),
            recipe.suites[0], "-",
            *(f"deb {mirror()} {suite} main" for suite in recipe.suites)]


def _link(link: Path, targets: Sequence[str]) -> None:
    for target in targets:
        if not link.exists() and (link.parent / target).exists():
            link.symlink_to(target)


def _output(*argv: str) -> str:
    try:
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError as error:
        raise LabError(f"{argv[0]} is not installed: the lab needs a Debian machine") from error
