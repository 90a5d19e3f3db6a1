# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Where the instructions of a workload are spent, function by function.

For a counter with a fine granule, whose records list each block of code: a block belongs to the
function that begins at or before it. Functions are aligned to 16 bytes, so that granule is exact
but for what the compiler moved aside as unlikely.
"""

from __future__ import annotations

import bisect
from collections import Counter as Tally
from collections.abc import Iterable

from emul.vmcount.host import Record

GRANULE = 16
UNKNOWN = ("?", "")


class Symbols:
    """Looks functions up in the text of /proc/kallsyms."""

    def __init__(self, *kallsyms: str) -> None:
        found: dict[int, tuple[str, str]] = {}
        for text in kallsyms:
            for line in text.splitlines():
                address, _, name, *module = line.split()
                found.setdefault(int(address, 16), (name, module[0].strip("[]") if module else ""))
        self._addresses = sorted(found)
        self._names = [found[address] for address in self._addresses]

    def find(self, address: int) -> tuple[str, str]:
        """Function and module ("" for the kernel's own) of the code at `address`."""
        index = bisect.bisect(self._addresses, address)
        return self._names[index - 1] if index else UNKNOWN


def spread(record: Record, symbols: Symbols) -> Tally[tuple[str, str]]:
    """Instructions an operation, by function and module."""
    tally: Tally[tuple[str, str]] = Tally()
    for address, count in record["blocks"]:
        # The last byte of the block: a function may begin inside.
        tally[symbols.find(int(address, 16) + GRANULE - 1)] += count / record["operations"]
    return tally


def table(title: str, tally: Tally[tuple[str, str]], modules: Iterable[str], rows: int = 40) -> str:
    """All functions of the driver's `modules` and the `rows` most expensive of the rest."""
    own = [(key, count) for key, count in tally.most_common() if key[1] in modules]
    rest = [(key, count) for key, count in tally.most_common() if key[1] not in modules][:rows]
    lines = [title, "-" * len(title)]
    for part in (own, rest):
        lines += [f"{count:10.1f}  {name}{f' [{module}]' if module else ''}"
                  for (name, module), count in part if count >= 0.05]
        lines.append(f"{sum(count for _, count in part):10.1f}  sum\n")
    return "\n".join(lines)
