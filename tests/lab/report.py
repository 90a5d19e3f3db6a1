# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What `make check` prints: a line for each finished job, failures with their evidence, the sum.

On a terminal the last line shows what is running and is painted over; elsewhere it is printed when
nothing else was for a while. The very last line is `N passed, N failed, N skipped`.
"""

from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import ktap
from .jobs import KTAP, Job
from .ktap import Result

TAIL = 60  # lines of a failure's details; all of them are in its log
REPAINT = 1.0
QUIET = 25.0


@dataclass
class Outcome:
    """A finished job."""

    job: Job
    results: list[Result]
    seconds: float
    log: Path

    def count(self, status: str) -> int:
        return sum(result.status == status for result in self.results)

    @property
    def failed(self) -> list[Result]:
        return [result for result in self.results if result.status == ktap.FAIL]


@dataclass
class Reporter:
    total: int
    outcomes: list[Outcome] = field(default_factory=list)
    _tty: bool = field(default_factory=sys.stdout.isatty)
    _start: float = field(default_factory=time.monotonic)
    _last: float = 0.0

    def begin(self, plan: list[Job]) -> None:
        self._say(f"{len(plan)} jobs")

    def running(self, what: list[str]) -> None:
        """Called often; says what runs as often as is bearable."""
        now = time.monotonic()
        if what and now - self._last >= (REPAINT if self._tty else QUIET):
            self._last = now
            done = f"[{len(self.outcomes)}/{self.total}] {_clock(now - self._start)}"
            text = f"{done}  {' | '.join(what)}"
            if self._tty:
                sys.stdout.write(f"\r\033[K{text[: _columns() - 1]}")
                sys.stdout.flush()
            else:
                print(f"       {text}", flush=True)

    def finished(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        failed = outcome.failed
        counts = [f"{outcome.count(ktap.PASS)} passed"]
        counts += [f"{len(failed)} failed"] if failed else []
        counts += [f"{outcome.count(ktap.SKIP)} skipped"] if outcome.count(ktap.SKIP) else []
        counts = ["done"] if not outcome.job.counts and not failed else counts
        self._say(f"{'FAIL' if failed else 'ok  '}   {outcome.job.name:44} "
                  f"{', '.join(counts):>24} {outcome.seconds:6.0f} s")  # fmt: skip
        for result in failed:
            self._failure(outcome, result)

    def sum(self) -> int:
        """Prints the end; returns the exit status."""
        failures = [(outcome, result) for outcome in self.outcomes for result in outcome.failed]
        skips = [(outcome, result) for outcome in self.outcomes for result in outcome.results
                 if result.status == ktap.SKIP]  # fmt: skip
        if skips:
            self._say("\nSkipped:")
            for outcome, result in skips:
                self._say(f"  {_title(outcome.job, result)}: {result.why}")
        if failures:
            self._say("\nFailed:")
            for outcome, result in failures:
                self._say(f"  {_title(outcome.job, result)}\n      {_alone(outcome.job, result)}")
        passed = sum(outcome.count(ktap.PASS) for outcome in self.outcomes)
        if not passed and not failures:
            self._say("no test ran")
        self._say(f"\nafter {_clock(time.monotonic() - self._start)}:")
        self._say(f"{passed} passed, {len(failures)} failed, {len(skips)} skipped")
        return 1 if failures or not passed else 0

    def _failure(self, outcome: Outcome, result: Result) -> None:
        details = list(result.details)
        cut = [f"… {len(details) - TAIL} lines more in the log"] if len(details) > TAIL else []
        self._say(f"\n  {_title(outcome.job, result)} FAILED")
        for text in [*cut, *details[-TAIL:]]:
            self._say(f"  | {text.removeprefix('# ')}")
        self._say(f"  log:   {outcome.log}\n  alone: {_alone(outcome.job, result)}\n")

    def _say(self, text: str) -> None:
        self._last = time.monotonic()
        paint_over = "\r\033[K" if self._tty else ""
        print(paint_over + text, flush=True)


def _title(job: Job, result: Result) -> str:
    return job.name if result.name == job.name else f"{job.name}: {result.name}"


def _alone(job: Job, result: Result) -> str:
    """How to repeat it; what is no test of pytest's (a missing one, say) is repeated as a whole."""
    is_test = job.reads == KTAP and re.match(r"\w+\.\w", result.name)
    return f"{job.rerun} TEST='{result.name}'" if is_test else job.rerun


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _columns() -> int:
    try:
        return os.get_terminal_size().columns
    except OSError:
        return 80
