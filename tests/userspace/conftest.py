# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The shipped programs in guests without a machine (guest.py)."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from . import guest as guests
from .guest import Guest


@pytest.fixture(scope="session")
def programs() -> Iterator[Path]:
    """The folder with our programs under all their names."""
    guests.build_programs()
    # Others than the user who runs the tests run them too, which pytest's folders do not permit.
    with tempfile.TemporaryDirectory(prefix="vmguest-") as folder:
        Path(folder).chmod(0o755)
        yield guests.install(Path(folder) / "bin")


@pytest.fixture(scope="module")
def families(programs: Path) -> set[str]:
    """The commands that vmguest says it has."""
    said = subprocess.run([programs / "vmguest", "--help"], check=True, capture_output=True,
                          text=True).stdout
    return set(re.findall(r"^  ([a-z]+)  ", said, re.MULTILINE))


@pytest.fixture(scope="module")
def new_guest(programs: Path) -> Iterator[Callable[..., Guest]]:
    """Starts a guest with our programs; it ends with the file."""
    with ExitStack() as stack:
        def start(**options) -> Guest:
            places = guests.our_places(programs / "vmguest")
            return stack.enter_context(Guest(bin=programs, places=places, **options))

        yield start


@pytest.fixture(scope="module")
def guest(new_guest: Callable[..., Guest]) -> Guest:
    return new_guest()
