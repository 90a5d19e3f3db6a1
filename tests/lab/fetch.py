# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Everything that the lab may need, by name, fetched or built ahead of its first use.

Each part is fetched where it is used anyway; this is for those who want it done before, and for
looking at what is there.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from . import LabError, cache, fio, kernels, layers, openvmtools, progress, qemu, roots, source, vmguestd

# Downloads wait for the network and unpacking for the processor: two at a time use both.
AT_ONCE = 2

PARTS: dict[str, Callable[[], object]] = {
    "qemu": qemu.binary,
    "sanitizers": qemu.sanitizing,
    "guest": layers.base,
    "storage": partial(roots.get, layers.STORAGE),
    "source": source.get,
    "fio": fio.program,
    **{f"tools-{name}": partial(openvmtools.disk, name) for name in openvmtools.SYSTEMS},
    "vmguestd": vmguestd.disk,
    **{f"untouched-{name}": partial(vmguestd.untouched_disk, name) for name in vmguestd.UNTOUCHED},
    **{name: partial(kernels.get, name) for name in kernels.NAMES},
}


def fetch_all(names: Iterable[str] = ()) -> None:
    """Fetch the named parts (all, if none is named); every failure is told, then one is raised."""
    wanted = list(dict.fromkeys(names)) or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        raise LabError(f"nothing to fetch by the name {', '.join(unknown)}: "
                       f"there are {', '.join(PARTS)}")
    # What is built comes last: it uses every processor, and what others have fetched.
    wanted.sort(key=lambda name: name == kernels.DEBUG)
    failed = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, job in [(name, pool.submit(PARTS[name])) for name in wanted]:
            if error := job.exception():
                if not isinstance(error, LabError):
                    raise error
                failed.append(name)
                progress.say(f"  {error}")
    if failed:
        raise LabError(f"could not fetch {', '.join(failed)}; what was fetched is kept, "
                       "run it again")


def show() -> None:
    """Print what the cache holds, with sizes."""
    print(f"{cache.root()}:")
    total = 0
    for name, size in cache.entries():
        total += size
        print(f"  {size / 1e6:8.0f} MB  {name}")
    print(f"  {total / 1e6:8.0f} MB  in all")
