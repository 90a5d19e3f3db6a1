# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The layers of a guest: uncompressed cpio archives that `vm` joins into one initramfs.

    base      busybox, ip, tc, bridge, ss, devlink, ethtool, our init and agent
    python    python3 with yaml
    selftests the kernel's own driver tests; they need the python layer too
    storage   tools for file systems and SCSI devices
    kernel    chosen modules of one kernel and all that they need
    ours      our modules for that kernel, which win over those of the same name
    files     whatever a test brings along

Each is made once and kept by `cache`. Where modules come from is the business of `kernels` and
`build`.
"""

import lzma
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from . import build, cache, cc, cpio, fio, kernels, moddep, roots
from . import selftests as kernel_selftests

GUEST = roots.Recipe(
    "guest", ("trixie",),
    ("base-files", "busybox-static", "coreutils", "dash", "ethtool", "iproute2", "libc-bin",
     "iperf3", "iputils-ping", "python3", "python3-yaml", "socat"))

STORAGE = roots.Recipe(
    "storage", ("trixie",),
    ("base-files", "libc-bin", "e2fsprogs", "sg3-utils", "util-linux", "xfsprogs"))

_STORAGE_TOOLS = (
    "bin/sg_inq", "bin/sg_luns", "bin/sg_raw", "bin/sg_reset", "bin/sg_unmap",
    "bin/sg_write_same", "sbin/e2fsck", "sbin/mke2fs", "sbin/mkfs.xfs", "sbin/xfs_repair",
    "sbin/blkdiscard")

# These stand before busybox in the guest's PATH. The shell is dash, since busybox's would run
# its own poorer `ip` and `tc` whatever the PATH says.
TOOLS = ("bin/dash", "bin/ip", "bin/ss", "sbin/bridge", "sbin/devlink", "sbin/ethtool", "sbin/tc")

# What the kernel's selftests send traffic with.
_TRAFFIC_TOOLS = ("bin/iperf3", "bin/ping", "bin/socat")

# What a NIC is tested with, in each kernel: peers, yardsticks, traffic and what stacks on top.
NIC_MODULES = ("virtio_net", "virtio_pci", "e1000e", "vmxnet3", "pktgen", "8021q", "bonding",
               "bridge", "tun", "veth", "dummy", "macvlan", "netconsole")

# What a SCSI adapter is tested with.
SCSI_MODULES = ("sd_mod", "sr_mod", "sg", "virtio_scsi", "virtio_blk", "virtio_pci", "nvme",
                "vmw_pvscsi", "ext4", "xfs")

# Folders of the library that no test imports: half of its size.
UNUSED_PYTHON = ("test", "idlelib", "tkinter", "ensurepip", "pydoc_data", "turtledemo", "lib2to3")

_LIBRARIES = "usr/lib/x86_64-linux-gnu"
_HERE = Path(__file__).parent
_SOURCES = [_HERE / name for name in ("layers.py", "cpio.py", "moddep.py")]


def usual(which: kernels.Kernel, driver: str = "ours") -> list[Path]:
    """A guest to test a NIC in. With driver "intree" the kernel's own modules stand alone."""
    # Distributions have thousands of modules; our debug kernel has what the tests need.
    modules = NIC_MODULES if which.name != kernels.DEBUG else _all_modules(which)
    return [base(), kernel(which, modules), *([ours(which)] if driver == "ours" else [])]


def storage_guest(which: kernels.Kernel, driver: str = "ours") -> list[Path]:
    """A guest to test a SCSI adapter in; `driver` as above."""
    modules = (with_checksums(which, SCSI_MODULES) if which.name != kernels.DEBUG
               else _all_modules(which))
    return [base(), storage(), files({"usr/bin/fio": fio.program()}), kernel(which, modules),
            *([ours(which)] if driver == "ours" else [])]


def demo(which: kernels.Kernel, driver: str = "ours") -> list[Path]:
    """A guest with a NIC and a SCSI adapter; `driver` as above."""
    modules = with_checksums(which, (*NIC_MODULES, *SCSI_MODULES))
    return [base(), storage(), kernel(which, modules), *([ours(which)] if driver == "ours" else [])]


def with_checksums(which: kernels.Kernel, modules: Iterable[str]) -> list[str]:
    """File systems ask for their checksum at run time, and no index knows of it."""
    return [*modules, *_offering(which, "crypto-crc32c")]


def base() -> Path:
    """What every guest has."""
    own = sorted(path for path in (_HERE / "guest").rglob("*") if path.is_file())

    def write(archive: cpio.Writer) -> None:
        root = _guest_root()
        for name in ("dev", "proc", "sys", "run", "etc", "root"):
            archive.folder(name)
        archive.folder("tmp", 0o1777)
        # The kernel opens it before init can mount anything.
        archive.device("dev/console", 5, 1)
        for path in own:
            _add_own(archive, path)
        _add_programs(archive, root, [root / "usr" / name for name in TOOLS])
        archive.symlink("bin/sh", "/usr/bin/dash")
        busybox = root / "usr/bin/busybox"
        archive.copy("bin/busybox", busybox)
        for applet in _output(busybox, "--list-full").split():
            archive.symlink(applet, "/bin/busybox")     # names that exist already stay

    return _layer("base", write, GUEST.key(), cache.tree_key(_HERE, own))


def guest_program(name: str) -> Path:
    """A static program of ours, from guest/<name>.c; it runs on the host as well."""
    return cc.build(name, [_HERE / "guest" / f"{name}.c"])


def python() -> Path:
    """python3 and yaml, for the suites that need it."""
    return _layer("python", _add_python, GUEST.key())


def selftests() -> Path:
    """The kernel's selftests of network drivers, in selftests.TREE."""
    root = _guest_root()
    tree = kernel_selftests.get(root)

    def write(archive: cpio.Writer) -> None:
        archive.copy(kernel_selftests.TREE, tree)
        _add_programs(archive, root, [root / "usr" / name for name in _TRAFFIC_TOOLS])

    return _layer("selftests", write, GUEST.key(), tree.name)


def storage() -> Path:
    """What disks are tested with."""
    root = roots.get(STORAGE)
    return _layer("storage", lambda archive: _add_programs(
        archive, root, [root / "usr" / name for name in _STORAGE_TOOLS]), STORAGE.key())


def kernel(which: kernels.Kernel, modules: Iterable[str] = NIC_MODULES) -> Path:
    """The named modules and what they need, with the whole index: a missing one says so."""
    names = sorted(set(modules))

    def write(archive: cpio.Writer) -> None:
        for path in _index(which).files(names):
            archive.file(_module_path(which, path), _read_module(which.modules / path))
        for name in ("dep", "alias", "symbols", "softdep", "builtin"):
            archive.file(_module_path(which, f"modules.{name}"),
                         _read_index(which, name).encode())

    return _layer(f"kernel-{which.name}", write, str(which.modules), *names)


def ours(which: kernels.Kernel) -> Path:
    """Our modules, as if installed in `updates`. It goes after the kernel's layer."""
    built = build.modules(which)

    def write(archive: cpio.Writer) -> None:
        files = sorted(built.glob("*.ko"))
        shown = which.run(["modinfo", "-0", *(f"/out/{path.name}" for path in files)],
                          binds={built: "/out"}, check=True, capture_output=True)
        modules = moddep.parse_modinfo(shown.stdout, "updates")
        for path in files:
            archive.copy(_module_path(which, f"updates/{path.name}"), path)
        index = _index(which)
        index.add(modules)
        archive.file(_module_path(which, "modules.dep"), index.text().encode())
        alias = moddep.alias_text(_read_index(which, "alias"), modules)
        archive.file(_module_path(which, "modules.alias"), alias.encode())

    return _layer(f"ours-{which.name}", write, str(built), str(which.modules))


def files(contents: Mapping[str, Path | str | bytes]) -> Path:
    """Files and folders of the host, or texts, by their path in the guest."""
    key: list[str] = []
    for name, content in sorted(contents.items()):
        key.append(name)
        if isinstance(content, Path) and content.is_dir():
            key.append(cache.tree_key(content, [p for p in content.rglob("*") if p.is_file()]))
        elif isinstance(content, Path):
            key.append(cache.tree_key(content.parent, [content]))
        else:
            key.append(cache.key(content))

    def write(archive: cpio.Writer) -> None:
        for name, content in sorted(contents.items()):
            if isinstance(content, Path):
                archive.copy(name, content)
            else:
                data = content.encode() if isinstance(content, str) else content
                archive.file(name, data, 0o755 if data.startswith(b"#!") else 0o644)

    return _layer("files", write, *key)


def _layer(name: str, write: Callable[[cpio.Writer], None], *key: str) -> Path:
    def fill(path: Path) -> None:
        with open(path, "wb") as stream, cpio.Writer(stream) as archive:
            write(archive)

    return cache.entry("layers", name, cache.key(*_SOURCES, *key), fill)


def _add_own(archive: cpio.Writer, path: Path) -> None:
    """A C file of ours becomes the program lab-<name>, anything else is itself."""
    if path.suffix == ".c":
        archive.copy(f"usr/bin/lab-{path.stem}", guest_program(path.stem))
    else:
        archive.copy(str(path.relative_to(_HERE / "guest")), path)


def _add_python(archive: cpio.Writer) -> None:
    root = _guest_root()
    library = next(root.glob("usr/lib/python3.*"))
    for path in sorted(library.iterdir()):
        if path.name not in UNUSED_PYTHON and not path.name.startswith("config-"):
            archive.copy(str(path.relative_to(root)), path)
    packages = root / "usr/lib/python3/dist-packages"
    for name in ("yaml", "_yaml"):
        archive.copy(f"usr/lib/python3/dist-packages/{name}", packages / name)
    _add_programs(archive, root, [root / "usr/bin/python3"],
                  extra=[*library.rglob("*.so"), *packages.rglob("*.so")])


def _add_programs(archive: cpio.Writer, root: Path, programs: Iterable[Path],
                  extra: Iterable[Path] = ()) -> None:
    """Dynamic programs, and the libraries that they and the `extra` objects load."""
    programs = list(programs)
    loader = root / _LIBRARIES / "ld-linux-x86-64.so.2"
    # Threads that are cancelled load the last one when it comes to it.
    libraries = {loader, root / _LIBRARIES / "libgcc_s.so.1"}
    # Libraries with private parts find them by themselves only in their own root.
    search = ":".join(str(root / _LIBRARIES / part) for part in ("", "ceph"))
    for binary in [*programs, *extra]:
        listing = _output(loader, "--library-path", search, "--list", binary)
        libraries.update(Path(word) for word in listing.split() if word.startswith(str(root)))
    for path in [*programs, *sorted(libraries)]:
        archive.file(str(path.relative_to(root)), path.read_bytes(), 0o755)
    archive.symlink("lib64/ld-linux-x86-64.so.2", f"/{_LIBRARIES}/{loader.name}")


def _guest_root() -> Path:
    return roots.get(GUEST, lambda root: roots.compile_python(root, root / "usr/lib"))


def _all_modules(which: kernels.Kernel) -> list[str]:
    return [moddep.name_of(path.name) for path in which.modules.rglob("*.ko*")]


def _offering(which: kernels.Kernel, alias: str) -> list[str]:
    """The modules with that other name."""
    return [line.split()[2] for line in _read_index(which, "alias").splitlines()
            if line.startswith(f"alias {alias} ")]  # fmt: skip


def _index(which: kernels.Kernel) -> moddep.Index:
    return moddep.Index(_read_index(which, "dep"), _read_index(which, "builtin"))


def _read_index(which: kernels.Kernel, name: str) -> str:
    """An index of depmod, for modules that are not compressed."""
    return (which.modules / f"modules.{name}").read_text("utf-8").replace(".ko.xz", ".ko")


def _read_module(path: Path) -> bytes:
    compressed = path.with_name(path.name + ".xz")
    return path.read_bytes() if path.exists() else lzma.decompress(compressed.read_bytes())


def _module_path(which: kernels.Kernel, path: str) -> str:
    return f"lib/modules/{which.release}/{path}"


def _output(*argv: Path | str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout
