# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""KTAP, the kernel's test protocol: written for our own suites, read from anybody's.

`parse()` understands what kselftest (nested behind "# "), KUnit (nested by spaces, with or without
printk stamps) and our own reporter (ktap_pytest.py) print. Only leaves count: a test with subtests
is the sum of these.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

VERSION_LINE = "KTAP version 1"

# How pytest is called to print it; paths and options follow. `lab` must be importable.
PYTEST = (sys.executable, "-m", "pytest", "-p", "lab.ktap_pytest", "--ktap")

PASS, FAIL, SKIP = "pass", "fail", "skip"

_STAMP = re.compile(r"^(?:<\d>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ")
_INDENT = re.compile(r"^(?:    |\t|# (?=(?:# |    )*(?:K?TAP version|(?:not )?ok \d|1\.\.\d|# )))*")
_HEADER = re.compile(r"^K?TAP version \d+")
_PLAN = re.compile(r"^1\.\.(\d+)(?: +# +SKIP *(.*))?")
_RESULT = re.compile(r"^(not )?ok (\d+)(?: +-)?(?: +([^#]*?))?(?: *# *(.*))?$")
_SUBTEST = re.compile(r"^# Subtest: (.*)")
_BAIL = re.compile(r"^Bail out!(.*)")


@dataclass(frozen=True)
class Result:
    name: str
    status: str
    why: str = ""  # of a skip
    details: tuple[str, ...] = ()  # the diagnostic lines before the result


@dataclass
class _Level:
    """One nesting depth: what has been said there so far."""

    name: str = ""
    planned: int | None = None
    seen: int = 0
    details: list[str] = field(default_factory=list)


def test_name(nodeid: str) -> str:
    """What we call a test of pytest: x/test_link.py::test_carrier_follows[on] is
    link.carrier_follows[on]."""
    path, _, rest = nodeid.partition("::")
    file = path.rsplit("/", 1)[-1].removesuffix(".py").removeprefix("test_")
    return ".".join([file, *(part.removeprefix("test_") for part in rest.split("::") if part)])


def line(number: int, name: str, status: str, why: str = "") -> str:
    """A result line."""
    text = f"{'not ok' if status == FAIL else 'ok'} {number} {name.replace('#', '_')}"
    return f"{text} # SKIP {why}".rstrip() if status == SKIP else text


def comment(text: str) -> str:
    """Diagnostic lines; nothing in them is taken for a result by a careful reader."""
    return "\n".join(f"# {part}".rstrip() for part in text.splitlines())


def parse(text: str) -> list[Result]:
    """All leaf results, and a failure for each test that was promised and never ended."""
    parser = Parser()
    found = [result for part in text.splitlines() for result in parser.feed(part)]
    return [*found, *parser.finish()]


class Parser:
    """Takes KTAP line by line. Without `nested` an indented or commented line is a diagnostic."""

    def __init__(self, nested: bool = True) -> None:
        self._nested = nested
        self._levels: list[_Level] = []
        self._subtest = ""

    @property
    def planned(self) -> int | None:
        return self._levels[0].planned if self._levels else None

    def feed(self, text: str) -> Iterator[Result]:
        text = _STAMP.sub("", text.rstrip("\r\n"))
        indent = _INDENT.match(text) if self._nested else None
        width = indent.end() if indent else 0
        steps = indent.group().replace("    ", "\t").replace("# ", "\t") if indent else ""
        depth = steps.count("\t")
        yield from self._take(depth, text[width:])

    def finish(self) -> Iterator[Result]:
        """What is missing at the end of the text."""
        if not self._levels:
            yield Result("the whole suite", FAIL, details=("no KTAP header was printed",))
        yield from self._close(0)

    def _take(self, depth: int, text: str) -> Iterator[Result]:
        if _HEADER.match(text):
            yield from self._close(depth)
            self._open(depth)
        elif match := _SUBTEST.match(text):
            # KUnit says it inside the subtest, before or after the header.
            if depth and len(self._levels) > depth:
                self._levels[depth].name = match.group(1)
            else:
                self._subtest = match.group(1)
        elif not self._levels:
            return
        elif match := _PLAN.match(text):
            self._open(depth)
            level = self._levels[depth]
            level.planned = int(match.group(1))
            if level.planned == 0 and match.group(2) is not None:
                yield Result(self._path(depth) or "the whole suite", SKIP, match.group(2))
                level.seen = 0
        elif (match := _RESULT.match(text)) and depth < len(self._levels):
            yield from self._result(depth, match)
        elif match := _BAIL.match(text):
            yield Result("bail out", FAIL, details=(match.group(1).strip(),))
        else:
            self._levels[min(depth, len(self._levels) - 1)].details.append(text)

    def _result(self, depth: int, match: re.Match[str]) -> Iterator[Result]:
        level = self._levels[depth]
        children = len(self._levels) > depth + 1
        ran = children and self._levels[depth + 1].seen > 0
        failed, _number, name, remark = match.groups()
        name = name or f"test {match.group(2)}"
        if children:
            self._levels[depth + 1].name = self._levels[depth + 1].name or name
            yield from self._close(depth + 1)
        level.seen += 1
        if not ran:
            yield self._leaf(depth, name, bool(failed), remark or "", level)
        level.details.clear()

    def _leaf(self, depth: int, name: str, failed: bool, remark: str, level: _Level) -> Result:
        path = "/".join(filter(None, [self._path(depth), name]))
        word, _, why = remark.partition(" ")
        details = tuple(level.details)
        if word.upper() in ("SKIP", "XFAIL", "TODO"):
            return Result(path, SKIP, why.strip() or word.lower(), details)
        return Result(path, FAIL if failed else PASS, "", details)

    def _open(self, depth: int) -> None:
        while len(self._levels) <= depth:
            self._levels.append(_Level(name=self._subtest))
            self._subtest = ""

    def _close(self, depth: int) -> Iterator[Result]:
        """Leaves the levels from `depth` on; says what they promised and did not keep."""
        while len(self._levels) > depth:
            level = self._levels[-1]
            missing = (level.planned or 0) - level.seen
            path = self._path(len(self._levels) - 1)
            self._levels.pop()
            for number in range(level.seen + 1, level.seen + missing + 1):
                name = "/".join(filter(None, [path, f"test {number} never ended"]))
                yield Result(name, FAIL, details=tuple(level.details))

    def _path(self, depth: int) -> str:
        return "/".join(filter(None, (level.name for level in self._levels[: depth + 1])))
