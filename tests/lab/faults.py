# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Allocations that fail on behalf of one driver, in a guest with the debug kernel."""

from __future__ import annotations

from collections.abc import Sequence

from . import leaks, traffic
from .vm import VM

SLAB, PAGES = "/sys/kernel/debug/failslab", "/sys/kernel/debug/fail_page_alloc"

# What the kernel's own checkers allocate: without it they switch themselves off. radix_tree_node is
# theirs too, and without it page_pool sleeps with softirqs disabled (7.3).
CHECKERS = "radix_tree_node kmemleak_object kmemleak_scan_area debug_objects_cache"


def limit(vm: VM, driver: str, sleeping: bool, depth: int = 32) -> None:
    """Only allocations on behalf of the driver fail, and quietly; `sleeping` ones or the others, and
    only those with the driver among so many callers.
    """
    (module,) = (m for m in leaks.modules(vm) if m.name == driver)
    for at in SLAB, PAGES:
        vm.run(f"cd {at}; echo 0 >verbose; echo 0 >probability; echo -1 >times; echo N >task-filter\n"
               f"echo {depth} >stacktrace-depth\n"
               f"echo {'N' if sleeping else 'Y'} >ignore-gfp-wait\n"
               f"echo {module.start:#x} >require-start\n"
               f"echo {module.start + module.size:#x} >require-end")  # fmt: skip
    vm.run("cd /sys/kernel/slab; for cache in *; do echo 1 >$cache/failslab; done\n"
           f"for cache in {CHECKERS}; do [ ! -e $cache ] || echo 0 >$cache/failslab; done\n"
           f"echo Y >{SLAB}/cache-filter")  # fmt: skip
    # ACPI's interpreter does not survive all of them (7.3: a use after free).
    reject(vm, SLAB, "acpi_pci_irq_find_prt_entry", "acpi_pci_irq_disable")
    # A page for a cache is the cache's affair.
    reject(vm, PAGES, "allocate_slab", "allocate_slab")
    vm.run(f"echo 0 >{PAGES}/min-order")


def reject(vm: VM, at: str, first: str, last: str) -> None:
    """Nothing fails below these functions, which are neighbours."""
    symbols = vm.run(f"sort /proc/kallsyms | grep -A1 -E ' ({first}|{last})$'").splitlines()
    start, end = (symbols[n].split()[0] for n in (0, -1))
    assert int(end, 16) - int(start, 16) < 1 << 14
    vm.run(f"cd {at}; echo 0x{start} >reject-start; echo 0x{end} >reject-end")


def sweep(vm: VM, words: str, most: int = 400, timeout: float = 300,
          answers: Sequence[str] = ("0", "12")) -> list[dict[str, str]]:  # fmt: skip
    """Runs an operation with each of its allocations failing; returns what became of them."""
    text = vm.run(f"lab-failnth {most} {words}", timeout=timeout, check=False)
    assert not text.rc, text
    tried = [traffic.parse(line) for line in text.splitlines() if line.startswith("n=")]
    result = traffic.parse(text)
    assert result["done"] == "1"
    assert len(tried) == int(result["tried"]) > 1
    strange = [entry for entry in tried if entry["errno"] not in answers]
    assert not strange, strange
    assert tried[-1] == {"n": result["tried"], "errno": "0", "injected": "0"}
    return tried
