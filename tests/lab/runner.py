# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Runs jobs (jobs.py) side by side, follows what they print, and hands results to report.py.

A job starts when what it needs has passed and there is room for its guests; of those that could,
the one on which most work hangs. A job is a process of its own and dies with this one. All that it
printed stays in its log if it failed, and goes if it passed.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from . import ktap, results
from .jobs import CHECK, KTAP, TREE, Job, Selection, collect, environment, plan
from .ktap import Result
from .ktap_pytest import BEGIN
from .report import Outcome, Reporter

SLOTS = 2  # guests at once, on two processors
DEADLINE = 3600.0  # of a whole job; tests have their own
GRACE = 15.0  # between the end of a job's output and its own


def check(choice: Selection) -> int:
    """Runs what the selection means; returns the exit status."""
    planned = plan(collect(choice), choice)
    return Runner(planned, results.new_folder()).run()


class Runner:
    def __init__(self, planned: Sequence[Job], folder: Path) -> None:
        self._folder = folder
        self._times = _Times()
        self._waiting = list(planned)
        self._running: list[_Process] = []
        self._passed: set[str] = set()
        self._failed: set[str] = set()
        self._report = Reporter(len(planned))
        self._weight = {job.name: self._times.of(job) for job in planned}
        for job in reversed(planned):  # needs come before those that need them
            for need in job.needs:
                behind = self._weight[job.name] + self._times.of(need)
                self._weight[need.name] = max(self._weight[need.name], behind)

    def run(self) -> int:
        signal.signal(signal.SIGTERM, lambda *_: exit(128 + signal.SIGTERM))
        self._report.begin(self._waiting)
        try:
            with selectors.DefaultSelector() as selector:
                while self._waiting or self._running:
                    self._start(selector)
                    self._follow(selector)
        finally:
            for process in self._running:
                process.kill()
        self._times.save()
        return self._report.sum()

    def _start(self, selector: selectors.BaseSelector) -> None:
        for job in sorted(self._waiting, key=lambda job: -self._weight[job.name]):
            if broken := [need.name for need in job.needs if need.name in self._failed]:
                self._waiting.remove(job)
                why = f"needs '{broken[0]}', which failed"
                self._finish(Outcome(job, [Result(job.name, ktap.FAIL, details=(why,))], 0,
                                     self._folder))  # fmt: skip
            elif all(need.name in self._passed for need in job.needs) and self._fits(job):
                self._waiting.remove(job)
                process = _Process(job, self._folder / job.folder)
                self._running.append(process)
                selector.register(process.output, selectors.EVENT_READ, process)

    def _fits(self, job: Job) -> bool:
        used = sum(process.job.slots for process in self._running)
        return used + min(job.slots, SLOTS) <= SLOTS

    def _follow(self, selector: selectors.BaseSelector) -> None:
        for key, _ in selector.select(timeout=0.5):
            process: _Process = key.data
            if not process.read():
                selector.unregister(process.output)
                self._running.remove(process)
                self._finish(process.end())
        for process in self._running:
            if process.seconds > DEADLINE:
                process.kill()
        self._report.running([process.status() for process in self._running])

    def _finish(self, outcome: Outcome) -> None:
        job = outcome.job
        (self._failed if outcome.failed else self._passed).add(job.name)
        if not outcome.failed:
            self._times.took(job, outcome.seconds)
            shutil.rmtree(self._folder / job.folder, ignore_errors=True)
            if not job.counts:
                outcome.results.clear()
        self._report.finished(outcome)


class _Process:
    """A running job."""

    def __init__(self, job: Job, folder: Path) -> None:
        self.job = job
        self.folder = folder
        folder.mkdir(parents=True)
        self.log = folder / "output.log"
        self._log = self.log.open("wb", buffering=0)
        self._start = time.monotonic()
        self._rest = b""
        self._parser = ktap.Parser(nested=False)
        self._results: list[Result] = []
        self._where = ""
        argv = [*job.argv, "--results", str(folder)] if "--driver" in job.argv else job.argv
        # A checker leaves its own record; ours to read after its end.
        env = {**environment(), "CK_TAP_LOG_FILE_NAME": str(folder / "check.tap")}
        # A session of its own, so that all of its descendants can be ended at once.
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *argv], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=TREE, env=env,
            start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout
        self.output = self._process.stdout

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def read(self) -> bool:
        """Takes what there is; False at the end of the output."""
        data = os.read(self.output.fileno(), 65536)
        self._log.write(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for raw in lines:
            line = raw.decode("utf-8", "replace")
            if line.startswith(BEGIN):
                self._where = line.removeprefix(BEGIN)
            elif self.job.reads == KTAP:
                self._results += self._parser.feed(line)
            elif line.strip():
                self._where = line.strip()
        return bool(data)

    def status(self) -> str:
        done = f" {len(self._results)}/{self._parser.planned}" if self._parser.planned else ""
        return f"{self.job.name}{done} {self._where[:50]} ({self.seconds:.0f} s)"

    def kill(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def end(self) -> Outcome:
        """After the end of its output, which is to be the end of it."""
        try:
            status = self._process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            self.kill()
            status = self._process.wait()
        self.kill()  # whatever it may have left behind
        self.output.close()
        self._log.close()
        found = self._read_results()
        if status and not any(result.status == ktap.FAIL for result in found):
            tail = self.log.read_text(errors="replace").splitlines()[-40:]
            why = f"ended with status {status}" if status > 0 else f"killed by signal {-status}"
            found.append(Result(self.job.name, ktap.FAIL, details=(*tail, why)))
        return Outcome(self.job, found, self.seconds, self.log)

    def _read_results(self) -> list[Result]:
        if self.job.reads == KTAP:
            return [*self._results, *self._parser.finish()]
        tap = self.folder / "check.tap"
        if self.job.reads == CHECK and tap.exists():
            text = re.sub(r": Passed$", "", tap.read_text(errors="replace"), flags=re.MULTILINE)
            return ktap.parse(f"TAP version 13\n{text}")
        return [] if self._process.returncode else [Result(self.job.name, ktap.PASS)]


class _Times:
    """How long each job took the last time it passed."""

    def __init__(self) -> None:
        self._path = results.top() / "times.json"
        try:
            self._seconds: dict[str, float] = json.loads(self._path.read_text())
        except (OSError, ValueError):
            self._seconds = {}

    def of(self, job: Job) -> float:
        return self._seconds.get(job.name, job.guess)

    def took(self, job: Job, seconds: float) -> None:
        self._seconds[job.name] = round(seconds, 1)

    def save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self._path.with_suffix(f".{os.getpid()}")
        scratch.write_text(json.dumps(self._seconds, indent=1))
        scratch.rename(self._path)
