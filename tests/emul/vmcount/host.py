# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The host's side of vmcount: builds the plugin and the guest's tool, and takes in the figures.

What the figures mean is in README.md; what is done with them is the caller's business.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab import LabError, cc

HERE = Path(__file__).parent
SOURCES = [HERE / name for name in ("vmcount.c", "code.c", "events.c", "interval.c")]
HEADERS = [HERE / name for name in ("vmcount.h", "marker.h", "../qemu_plugin.h")]
PIPE_BYTES = 1 << 20

Record = dict[str, Any]


def plugin() -> Path:
    """The plugin, built on first use."""
    return cc.build("vmcount.so", SOURCES, cc.SHARED, HEADERS)


def guest_program(source: Path, *headers: Path) -> Path:
    """A static program for use in the guest, of one file that may include marker.h and `headers`."""
    return cc.build(source.stem, [source], (*cc.STATIC, f"-I{HERE}"), [*HEADERS, *headers])


def marker_tool() -> Path:
    """The guest's command line; belongs into the guest as /usr/bin/vmcount."""
    return guest_program(HERE / "mark.c")


class Counter:
    """One VM's counters; a context manager. `option` is what QEMU's -plugin takes.

    `on_note` runs in a thread of its own, as soon as the guest notes something.
    """

    def __init__(self, on_note: Callable[[str], None] = lambda note: None,
                 granule: int = 4096) -> None:
        self.on_note = on_note
        self._granule = granule
        self._arrived = threading.Condition()
        self._records: list[Record] = []
        self._errors: list[str] = []

    def __enter__(self) -> Counter:
        self._folder = tempfile.TemporaryDirectory(prefix="vmcount-")
        path = Path(self._folder.name) / "out"
        os.mkfifo(path)
        # Both ends, so that neither QEMU nor we wait for the other to open it.
        self._pipe = os.open(path, os.O_RDWR)
        self.option = f"{plugin()},out={path},granule={self._granule}"
        self._thread = threading.Thread(target=self._read, name="vmcount", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # An empty line ends the reader, after what a killed QEMU may have left unfinished.
        os.write(self._pipe, b"\n\n")
        self._thread.join()
        os.close(self._pipe)
        self._folder.cleanup()

    def record(self, timeout: float = 30) -> Record:
        """The oldest record that nobody has taken yet."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._records or self._errors, timeout)
            if self._errors:
                raise LabError("vmcount: " + "; ".join(self._errors))
            if not self._records:
                raise LabError(f"vmcount: no record within {timeout:.0f} s")
            return self._records.pop(0)

    def _read(self) -> None:
        rest = b""
        while True:
            *lines, rest = (rest + os.read(self._pipe, PIPE_BYTES)).split(b"\n")
            for line in lines:
                if not line:
                    return
                self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            record = {"error": f"no JSON: {line[:80]!r}"}
        if "note" in record:
            self.on_note(record["note"])
            return
        with self._arrived:
            if "error" in record:
                self._errors.append(record["error"])
            else:
                self._records.append(record)
            self._arrived.notify_all()
