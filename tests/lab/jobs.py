# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What `make check` consists of: the jobs, what each needs, and what it is rerun with.

    kernels        fetched, or built (debug)
    builds         our modules for each kernel, without a warning
    suites         each file below selftests/ on the distribution's kernel and on debug
    smoke          the tests so marked on every other kernel, and with the kernel's own driver
    unit, userspace-unit, userspace-valgrind, daemon-unit, daemon-valgrind, userspace,
    userspace-fuzz, vmhost-unit, vmhostctl, vmhost-fuzz, lint, lab-unit   on the host
    boot           Debian systems whose root is on PVSCSI
    bench          the benchmarks, and their counters held to work of known size

Which tests there are is asked of pytest. How jobs are run is in runner.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import LabError, kernels, ktap, matrix

TESTS = Path(__file__).parents[1]
TREE = TESTS.parent
LAB = ("lab", "vmhost", "vmguestd")  # suites that need no driver of ours

# How a job's output becomes results: a stream of KTAP, a TAP file, or the exit status alone.
KTAP, CHECK, STATUS = "ktap", "check", "status"

# What `make check` takes of a suite: on kernels in general, and on the debug kernel.
QUICK = ("not thorough", "not thorough and (brief or not slow)")

# What suites need besides a kernel, by folder. It is fetched before: they run without a network.
_PARTS = {"": ("qemu", "guest"), "vmxnet3": ("source",), "pvscsi": ("storage", "fio"),
          "vmhost": ("sanitizers", "tools-12", "tools-13"),
          "vmguestd": ("tools-13", "vmguestd", "untouched-12", "untouched-13"),
          "userspace": ("tools-12", "tools-13")}  # fmt: skip

# Guesses in seconds until a job has been timed once.
_GUESS = {"kernel": 30, "debug": 800, "build": 40, "suite": 60, "host": 30}


@dataclass
class Job:
    name: str
    argv: Sequence[str]
    reads: str = STATUS
    slots: int = 1  # guests that it runs at once
    needs: list[Job] = field(default_factory=list)
    guess: float = 60
    rerun: str = ""  # what `make check` takes to run this job alone
    counts: bool = True  # a preparation is no test; only its failure counts

    @property
    def folder(self) -> str:
        return "".join(c if c.isalnum() or c in ".-" else "_" for c in self.name)


@dataclass(frozen=True)
class Test:
    """One test as pytest has collected it."""

    file: str  # below selftests/
    name: str
    markers: frozenset[str]
    guests: int
    shares: str  # what its file calls the guest that it has in common with others

    @property
    def suite(self) -> str:
        """vmxnet3/test_link.py belongs to vmxnet3/link."""
        folder, _, file = self.file.rpartition("/")
        return f"{folder}/{file.removeprefix('test_').removesuffix('.py')}"

    @property
    def is_of_lab(self) -> bool:
        return self.file.split("/")[0] in LAB

    def is_quick(self, kernel: str) -> bool:
        """Whether `make check` runs it on that kernel, as pytest is told by QUICK."""
        on_debug = kernel != kernels.DEBUG or "slow" not in self.markers or "brief" in self.markers
        return on_debug and "thorough" not in self.markers


@dataclass(frozen=True)
class Selection:
    """What the user asked for; empty means all."""

    suite: str = ""
    kernel: str = ""
    test: str = ""
    driver: str = ""
    all: bool = False

    def wants_suite(self, suite: str) -> bool:
        return not self.suite or suite == self.suite or suite.startswith(self.suite + "/")

    @property
    def narrow(self) -> bool:
        """A part was named, so what is not part of it stays out."""
        return bool(self.suite or self.test or self.driver)

    @property
    def everything(self) -> bool:
        """Whatever is chosen is run whole, however long it takes."""
        return self.all or self.narrow


def collect(choice: Selection) -> list[Test]:
    """Asks pytest which tests there are."""
    top = TESTS / "selftests"
    part = top / choice.suite.split("/")[0]
    with tempfile.NamedTemporaryFile("r") as listing:
        argv = [*_pytest(str(part if part.is_dir() else top), ""), "--collect-only", "--list-json",
                listing.name]  # fmt: skip
        done = subprocess.run(argv, capture_output=True, text=True, cwd=TREE, env=environment())
        if done.returncode:
            raise LabError(f"pytest cannot collect the suites:\n{done.stdout}{done.stderr}")
        found = []
        for line in map(json.loads, listing):
            guests = 2 if "pair" in line["fixtures"] else 1
            found.append(Test(line["file"], line["name"], frozenset(line["markers"]), guests,
                              line["shares"]))
    return found


def plan(tests: Sequence[Test], choice: Selection) -> list[Job]:
    """The jobs of a selection, each before those that need it."""
    planner = _Planner(choice)
    home = kernels.host_default()
    drivers = [test for test in tests if not test.is_of_lab]
    lab = [test for test in tests if test.is_of_lab]

    for name in kernels.NAMES:
        if choice.kernel in ("", name) and not choice.narrow:
            planner.build(name)
    if not choice.kernel and not choice.narrow:
        planner.build(matrix.CLANG)
    # The debug kernel is built with no driver of its own to compare with.
    names = [n for n in kernels.NAMES if n != kernels.DEBUG or choice.driver != "intree"]
    for name in [choice.kernel] if choice.kernel else names:
        if choice.all or choice.kernel or name in (home, kernels.DEBUG):
            planner.suites(drivers, name, choice.driver or "ours")
        else:
            planner.smoke(drivers, name, choice.driver or "ours")
            planner.suites([t for t in drivers if "needs_newest" in t.markers], name,
                           choice.driver or "ours")  # fmt: skip
    if choice.driver != "ours":
        planner.lab(lab, home)
        if not choice.driver and choice.kernel in ("", home):
            planner.smoke(drivers, home, "intree")
    if not choice.kernel:
        planner.host("unit", ["make", "-s", "-C", "tests/unit", "check"], CHECK)
        planner.host("userspace-unit", ["make", "-s", "-C", "tests/userspace", "check"], CHECK)
        planner.host("daemon-unit", ["make", "-s", "-C", "tests/userspace/daemon", "check"], CHECK)
        planner.host("userspace-valgrind", ["make", "-s", "-C", "tests/userspace", "valgrind"], CHECK)
        if choice.everything:
            planner.host("daemon-valgrind", ["make", "-s", "-C", "tests/userspace/daemon", "valgrind"],
                         CHECK)  # fmt: skip
        planner.host("userspace", _pytest("tests/userspace", choice.test), KTAP)
        planner.host("userspace-fuzz", ["make", "-s", "-C", "tests/userspace", "fuzz",
                                        "FUZZ_SECONDS=3"], STATUS)
        planner.host("lint", ["make", "-s", "lint"], STATUS)
        planner.host("lab-unit", _pytest("tests/lab/test", choice.test), KTAP)
        planner.host("vmhost-unit", ["make", "-s", "-C", "tests/emul/vmhost/test", "check"], CHECK)
        planner.host("vmhostctl", _pytest("tests/emul/vmhost/test", choice.test), KTAP)
        planner.host("vmhost-fuzz", ["make", "-s", "-C", "tests/emul/vmhost/test", "fuzz",
                                     "FUZZ_SECONDS=10"], STATUS)  # fmt: skip
        quick = [] if choice.everything else ["-m", QUICK[0]]
        planner.host("boot", [*_pytest("tests/boot", choice.test), *quick], KTAP)
        planner.host("bench", _pytest("tests/emul/vmcount", "tests/bench", choice.test), KTAP)
    return planner.jobs


class _Planner:
    def __init__(self, choice: Selection) -> None:
        self.jobs: list[Job] = []
        self._choice = choice
        self._made: dict[str, Job] = {}

    def _add(self, job: Job) -> Job:
        if job.name not in self._made:
            self._made[job.name] = job
            self.jobs.append(job)
        return self._made[job.name]

    def kernel(self, name: str) -> Job:
        guess = _GUESS["debug" if name == kernels.DEBUG else "kernel"]
        job = Job(f"kernel {name}", _lab("fetch", name), guess=guess, counts=False,
                  rerun=f"PYTHONPATH=tests {sys.executable} -m lab fetch {name}")  # fmt: skip
        if name == kernels.DEBUG:
            job.needs.append(self.kernel(kernels.NEWEST))
        return self._add(job)

    def parts(self, folder: str) -> list[Job]:
        """What the suites of a folder need to be there."""
        return [self._add(Job(f"fetch {name}", _lab("fetch", name), counts=False,
                              guess=_GUESS["kernel"], rerun=f"PYTHONPATH=tests {sys.executable} "
                              f"-m lab fetch {name}"))
                for name in (*_PARTS[""], *_PARTS.get(folder, ()))]  # fmt: skip

    def build(self, name: str) -> Job:
        """With the probes' answers as expected, and without a warning."""
        argv = [sys.executable, "-m", "lab.matrix", "--build-only", "--kernel", name]
        return self._add(Job(
            f"build for {name}", argv, needs=[self.kernel(name.split()[0])],
            guess=_GUESS["build"], rerun=f"make matrix KERNEL='{name}'"))  # fmt: skip

    def suites(self, tests: Iterable[Test], kernel: str, driver: str) -> None:
        """A job for each file; on the debug kernel, where booting and searching for leaks take more
        than what `make check` runs between, one for all that share a guest.
        """
        wanted = "" if self._choice.everything else QUICK[kernel == kernels.DEBUG]
        by_suite: dict[str, list[Test]] = {}
        for test in self._fit(tests, kernel, driver):
            if not wanted or test.is_quick(kernel):
                shared = wanted and kernel == kernels.DEBUG and test.shares
                name = f"{test.suite.split('/')[0]} {test.shares}" if shared else test.suite
                by_suite.setdefault(name, []).append(test)
        for suite, members in by_suite.items():
            options = ["-m", wanted] if wanted else []
            options += ["--share"] if " " in suite else []
            self._suite(suite, members, kernel, driver, options)

    def smoke(self, tests: Iterable[Test], kernel: str, driver: str) -> None:
        """One job for each folder."""
        by_folder: dict[str, list[Test]] = {}
        for test in self._fit(tests, kernel, driver):
            if "smoke" in test.markers:
                by_folder.setdefault(test.suite.split("/")[0], []).append(test)
        for folder, members in by_folder.items():
            self._suite(f"{folder} smoke", members, kernel, driver, ["-m", "smoke"])

    def lab(self, tests: Sequence[Test], home: str) -> None:
        """On one kernel; what proves the emulated host is every kernel's own driver."""
        oracles = [test for test in tests if test.suite.startswith("vmhost/")]
        choice = self._choice
        for name in kernels.NAMES:
            # The debug kernel is built without drivers of its own.
            if name == kernels.DEBUG or choice.kernel not in ("", name):
                continue
            if name == home or choice.kernel and choice.narrow:
                self.suites(tests, name, "intree")
            elif choice.all:
                self.suites(oracles, name, "intree")
            elif not choice.kernel:
                self.smoke(oracles, name, "intree")

    def _fit(self, tests: Iterable[Test], kernel: str, driver: str) -> list[Test]:
        unfit = {"needs_debug"} if kernel != kernels.DEBUG else set()
        unfit |= {"needs_newest"} if kernel != kernels.NEWEST else set()
        unfit |= {"ours_only"} if driver != "ours" else set()
        return [test for test in tests
                if self._choice.wants_suite(test.suite) and not test.markers & unfit
                and self._choice.test in test.name]  # fmt: skip

    def _suite(self, name: str, members: list[Test], kernel: str, driver: str,
               marks: list[str]) -> None:  # fmt: skip
        files = sorted({f"tests/selftests/{test.file}" for test in members})
        intree = driver != "ours" and not members[0].is_of_lab
        own, only = (" with the in-tree driver", f" DRIVER={driver}") if intree else ("", "")
        argv = [*_pytest(*files, self._choice.test), *marks, "--kernel", kernel, "--driver", driver]
        if self._choice.all and members[0].suite.startswith("vmhost/"):
            argv.append("--sanitize")
        need = self.build(kernel) if driver == "ours" else self.kernel(kernel)
        self._add(Job(
            f"{name} on {kernel}{own}", argv, KTAP, max(test.guests for test in members),
            [need, *self.parts(files[0].split("/")[2])], _GUESS["suite"],
            f"make check SUITE={name.split()[0]} KERNEL={kernel}{only}",
        ))  # fmt: skip

    def host(self, name: str, argv: list[str], reads: str) -> None:
        if self._choice.suite == name or not self._choice.narrow:
            needs = self.parts(name) if reads == KTAP else []
            self._add(Job(name, argv, reads, needs=needs, guess=_GUESS["host"],
                          rerun=f"make check SUITE={name}"))  # fmt: skip


def environment() -> dict[str, str]:
    """For children: make's own variables would make a second make wait for a jobserver."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return {**kept, "PYTHONPATH": str(TESTS), "PYTHONUNBUFFERED": "1"}


def _lab(*words: str) -> list[str]:
    return [sys.executable, "-m", "lab", *words]


def _pytest(*words: str) -> list[str]:
    *paths, test = words
    argv = [*ktap.PYTEST, *paths]
    return [*argv, "--test", test] if test else argv
