# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What a guest said on its console, and whether a healthy kernel would have said it.

`Console` keeps the text and a log file; `complaints()` finds kernel splats in a piece of text.
Both are pure: the bytes come from line.py, the waiting is done by vm.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

SPLAT = re.compile(
    r"BUG:|WARNING:|Oops|KASAN|UBSAN|lockdep|INFO: (?:task|rcu)|Call Trace|DMA-API"
    r"|kmemleak: [1-9]"
)
# How a booting kernel introduces its checkers, and what it says of the processor it got.
BENIGN = re.compile(
    r"KernelAddressSanitizer initialized|lockdep checking is enabled|lockdep: annotated nested"
    r"|DMA-API: (?:preallocated|debugging)|Spectre V2 : WARNING: Unprivileged eBPF"
)
PANIC = re.compile(r"Kernel panic - not syncing: (.*)")

_BEGIN = "[ cut here ]"
_END = re.compile(r"---\[ end (?:trace|Kernel panic)")
_STAMP = re.compile(r"^\[ *\d+\.\d+\](?:\[ *\w+\])? ")
_TRACE_LINES = 80


def complaints(text: str, allow: tuple[str, ...] = ()) -> list[str]:
    """The splats in `text` with their traces, less those that an `allow` pattern matches."""
    lines = text.splitlines()
    found = []
    i = 0
    while i < len(lines):
        if not SPLAT.search(lines[i]) or BENIGN.search(lines[i]):
            i += 1
            continue
        begin = i - 1 if i and _BEGIN in lines[i - 1] else i
        end = _end_of_splat(lines, i)
        block = "\n".join(lines[begin:end])
        if not any(re.search(pattern, block) for pattern in allow):
            found.append(block)
        i = end
    return found


def _end_of_splat(lines: list[str], start: int) -> int:
    """One past its last line: the end mark if there is one, else where the trace stops."""
    window = lines[start : start + _TRACE_LINES]
    for offset, line in enumerate(window):
        if offset and _BEGIN in line:
            return start + offset
        if _END.search(line):
            return start + offset + 1
    end = start + 1
    while end < start + len(window) and _STAMP.sub("", lines[end]).startswith(" "):
        end += 1
    return end


class Console:
    def __init__(self, log: Path) -> None:
        self.text = ""
        self.echo: BinaryIO | None = None  # sees the bytes as they come
        self._log: BinaryIO = log.open("wb")

    def take(self, data: bytes) -> None:
        self._log.write(data)
        self._log.flush()
        if self.echo:
            self.echo.write(data)
            self.echo.flush()
        self.text += data.decode("utf-8", "replace").replace("\r", "")

    def close(self) -> None:
        self._log.close()

    def panic(self) -> str | None:
        match = PANIC.search(self.text)
        return match.group(1).strip() if match else None

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.text.splitlines()[-lines:])
