# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""make matrix: the modules on every kernel, from the probes to unloading.

For each kernel of `kernels`, and for the newest once more with clang: ask the compatibility
probes and compare with what they expect, build everything at W=1 without a warning, then boot,
load our modules, run the smoke suite and unload them. Two tables come out: probe x kernel, and
kernel x step. A step that fails ends its row; the reason is printed below the tables.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import LabError, build, cache, clang, kernels, ktap, layers, probes, progress
from .console import complaints
from .vm import VM

STEPS = ("probes", "build", "load", "suite", "unload")
CLANG = f"{kernels.NEWEST} clang"

# Of the compiler, of modpost and of objtool; not kbuild's remark on a kernel without vmlinux.
_WARNING = re.compile(r"^.*\b(?:warning|WARNING):.*$", re.MULTILINE)
_REMARK = "warning: the compiler differs from the one used to build the kernel"


@dataclass
class Row:
    """What was found for one kernel: a word for each step that was taken."""

    name: str
    answers: dict[str, bool] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)  # names of probes
    cells: dict[str, str] = field(default_factory=dict)
    reason: str = ""


class Failed(Exception):
    """A step did not succeed: a word for the table, and the reason."""

    def __init__(self, word: str, reason: str) -> None:
        super().__init__(reason)
        self.word = word


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make matrix", description=__doc__.splitlines()[0])
    parser.add_argument("--kernel", action="append", choices=(*kernels.NAMES, CLANG))
    parser.add_argument("--build-only", action="store_true", help="boot nothing")
    options = parser.parse_args(argv)

    expected = probes.expectations()
    rows = [_row(name, expected, options.build_only)
            for name in options.kernel or (*kernels.NAMES, CLANG)]
    print(probe_table(rows, expected))
    print()
    print(step_table(rows))
    failed = [row for row in rows if row.reason]
    for row in failed:
        print(f"\n--- {row.name}\n{row.reason}")
    return 1 if failed else 0


def probe_table(rows: Sequence[Row], expected: dict[str, probes.Expectation]) -> str:
    """probe x kernel: y or n, and «!» where the probe expected the other."""
    width = max(map(len, ("probe", *expected)))
    lines = ["  ".join((f"{'probe':{width}}", *(row.name for row in rows)))]
    for name in expected:
        cells = [_probe_cell(row, name).center(len(row.name)) for row in rows]
        lines.append("  ".join((f"{name:{width}}", *cells)).rstrip())
    return "\n".join(lines)


def step_table(rows: Sequence[Row]) -> str:
    """kernel x step."""
    table = [("kernel", *STEPS)]
    table += [(row.name, *(row.cells.get(step, "-") for step in STEPS)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table)]
    return "\n".join("  ".join(f"{cell:{width}}" for cell, width in zip(line, widths)).rstrip()
                     for line in table)


def warnings(log: str) -> list[str]:
    """The lines of a build's log that must not be there."""
    return [line for line in _WARNING.findall(log) if not line.startswith(_REMARK)]


def _probe_cell(row: Row, name: str) -> str:
    if name not in row.answers:
        return "-"
    return ("y" if row.answers[name] else "n") + ("!" if name in row.surprises else "")


def _row(name: str, expected: dict[str, probes.Expectation], build_only: bool) -> Row:
    row = Row(name)
    cc = "clang" if name == CLANG else None
    kernel = kernels.get(kernels.NEWEST if cc else name)
    steps: list[tuple[str, Callable[[], str]]] = [
        ("probes", lambda: _probes(kernel, cc, row, expected)),
        ("build", lambda: _build(kernel, cc)),
    ]
    guest = Guest(kernel)
    if not cc and not build_only:       # what clang built for a kernel of gcc's is not for loading
        steps += [("load", guest.load), ("suite", guest.suite), ("unload", guest.unload)]
    with progress.step(f"matrix: {name}"), guest:
        for step, take in steps:
            try:
                row.cells[step] = take()
            except (Failed, LabError) as failed:
                row.cells[step] = failed.word if isinstance(failed, Failed) else "FAIL"
                row.reason = f"{step}: {failed}"
                break
    return row


def _probes(kernel: kernels.Kernel, cc: str | None, row: Row,
            expected: dict[str, probes.Expectation]) -> str:
    built = build.modules(kernel, cc, ["VMGUEST_COMPAT_TEST=1"])
    _no_warnings(built)
    row.answers = probes.parse_answers((built / build.ANSWERS).read_text("utf-8"))
    if row.answers.keys() != expected.keys():
        odd = row.answers.keys() ^ expected.keys()
        raise Failed("FAIL", f"asked other probes than there are: {', '.join(sorted(odd))}")
    linux = _linux_version(kernel if cc is None else clang.kernel(kernel))
    row.surprises = [name for name, answer in row.answers.items()
                     if expected[name].holds(linux) != answer]
    if row.surprises:
        raise Failed(f"{len(row.surprises)} differ",
                     f"Linux {'.'.join(map(str, linux))} answers otherwise than these probes "
                     f"expect on their second line: {', '.join(row.surprises)}")
    return f"{len(row.answers)} ok"


def _build(kernel: kernels.Kernel, cc: str | None) -> str:
    built = build.modules(kernel, cc)
    _no_warnings(built)
    modules = sorted(path.stem for path in built.glob("*.ko"))
    wanted = dkms_modules()
    if modules != wanted:
        raise Failed("FAIL", f"built {', '.join(modules)}, but dkms.conf promises {wanted}")
    return "ok"


def _no_warnings(built: Path) -> None:
    found = warnings((built / build.LOG).read_text("utf-8", "replace"))
    if found:
        raise Failed(f"{len(found)} warnings", "\n".join(found))


def dkms_modules() -> list[str]:
    """The modules that dkms.conf promises."""
    text = (build.TREE / "dkms.conf").read_text("utf-8")
    return sorted(re.findall(r'^BUILT_MODULE_NAME\[\d+\]="(.*)"$', text, re.MULTILINE))


def _linux_version(kernel: kernels.Kernel) -> probes.Version:
    """Three numbers, which Debian's release string does not hold up to 6.1 (6.1.0-50)."""
    argv = ["cat", f"{kernel.kdir}/include/config/kernel.release"]
    done = kernel.run(argv, check=True, capture_output=True, text=True)
    return (*probes.version(done.stdout), 0)[:3]


class Guest:
    """One guest with our modules, for the last three steps."""

    def __init__(self, kernel: kernels.Kernel) -> None:
        self.kernel = kernel
        self.vm: VM | None = None

    def __enter__(self) -> "Guest":
        return self

    def __exit__(self, *_: object) -> None:
        if self.vm:
            self.vm.kill()

    def load(self) -> str:
        self.vm = VM(self.kernel,
                     [layers.base(), layers.kernel(self.kernel), layers.ours(self.kernel)],
                     extra=["-device", "vmxnet3"], name="matrix")
        self.vm.boot()
        for name in dkms_modules():
            self.vm.run(f"modprobe {name}")
            loaded = self.vm.run(f"cat /sys/module/{name}/version").strip()
            version = (build.TREE / "VERSION").read_text("utf-8").strip()
            if loaded != version:
                raise Failed("FAIL", f"{name} {loaded} is loaded, not our {version}")
        self._quiet()
        return "ok"

    def suite(self) -> str:
        """The smoke tests, in guests of their own."""
        results = cache.root() / "results" / "matrix" / self.kernel.name
        done = subprocess.run(
            [*ktap.PYTEST, "-m", "smoke",
             f"--kernel={self.kernel.name}", f"--results={results}", "selftests"],
            cwd=build.TREE / "tests", check=False, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        word, good = smoke_verdict(ktap.parse(done.stdout))
        if done.returncode or not good:
            raise Failed(word, "\n".join(done.stdout.splitlines()[-30:]))
        return word

    def unload(self) -> str:
        assert self.vm
        for name in reversed(dkms_modules()):
            self.vm.run(f"rmmod {name}")
        self._quiet()
        end = self.vm.powerdown()
        if end.kind != "clean":
            raise Failed("FAIL", f"the guest did not power down: {end}")
        return "ok"

    def _quiet(self) -> None:
        assert self.vm
        found = complaints(self.vm.console)
        if found:
            raise Failed("FAIL", "\n\n".join(found))


def smoke_verdict(results: Sequence[ktap.Result]) -> tuple[str, bool]:
    """A word for the table, and whether it is good news: a suite that ran nothing is none."""
    counts = {status: sum(result.status == status for result in results)
              for status in (ktap.PASS, ktap.FAIL, ktap.SKIP)}
    if counts[ktap.FAIL]:
        return f"{counts[ktap.FAIL]} failed", False
    if not counts[ktap.PASS]:
        return "none ran", False
    skipped = f", {counts[ktap.SKIP]} skipped" if counts[ktap.SKIP] else ""
    return f"{counts[ktap.PASS]} ok{skipped}", True


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        sys.exit(f"vmguest: {error}")
