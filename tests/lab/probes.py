# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What the compatibility probes are expected to answer, as each says on its second line.

The format is described in drivers/compat/probes/README.md. `matrix` compares this with what a
build answered; the build itself goes by the answers alone.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from . import LabError

FOLDER = Path(__file__).parents[2] / "drivers/compat/probes"

Version = tuple[int, ...]

_VERSION = r"\d+\.\d+(?:\.\d+)?"
_LINE = re.compile(rf"// (?:(since|until) ({_VERSION}(?:, {_VERSION})*)|never): \S.*")


@dataclass(frozen=True)
class Expectation:
    """In which releases of Linux a probe compiles."""

    kind: str                           # since, until, never
    release: Version = ()
    stable: tuple[Version, ...] = ()    # the first of each stable series that followed later

    def holds(self, kernel: Version) -> bool:
        """Whether the probe compiles for `kernel`, a version of three numbers."""
        if self.kind == "never":
            return False
        followed = any(kernel[:2] == first[:2] and kernel >= first for first in self.stable)
        if self.kind == "since":
            return kernel[:2] >= self.release or followed
        return kernel[:2] <= self.release and not followed


def version(text: str) -> Version:
    """The numbers of a version, such as (6, 12, 107) from 6.12.107+deb13-amd64."""
    found = re.match(_VERSION, text)
    if not found:
        raise LabError(f"'{text}' is no version of Linux")
    return tuple(int(number) for number in found.group().split("."))


def parse(line: str) -> Expectation:
    """Read the expectation from a probe's second line."""
    found = _LINE.fullmatch(line)
    if not found:
        raise LabError(f"a probe's second line must be '// since|until N.N[, N.N.N…]: why' or "
                       f"'// never: why', not '{line}'")
    kind, versions = found.groups()
    if kind is None:
        return Expectation("never")
    release, *stable = (version(text) for text in versions.split(", "))
    return Expectation(kind, release, tuple(stable))


def expectations(folder: Path = FOLDER) -> dict[str, Expectation]:
    """The expectation of every probe, by its name."""
    found = {}
    for path in sorted(folder.glob("*.c")):
        try:
            found[path.stem] = parse(path.read_text("utf-8").splitlines()[1])
        except LabError as error:
            raise LabError(f"{path.name}: {error}") from None
    return found


def parse_answers(text: str) -> dict[str, bool]:
    """Read what probe.sh leaves in `answers`: a line a probe, its name and 1 or 0."""
    lines = [line.split() for line in text.splitlines()]
    return {name: answer == "1" for name, answer, *_ in lines}
