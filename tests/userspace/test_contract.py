# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The same commands with open-vm-tools and with ours, on the emulated host, in the same Debian root:
output, streams and exit codes are the same bytes, and where they are not, that is meant and named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab import openvmtools, roots

from . import contract
from . import guest as guests
from .contract import BOX
from .guest import Done, Guest


@pytest.fixture(scope="module", params=openvmtools.SYSTEMS)
def version(request: pytest.FixtureRequest) -> str:
    """Of the original."""
    return request.param


@contextmanager
def both(version: str, programs: Path, **options: Any) -> Iterator[tuple[Guest, Guest]]:
    """The original, and ours in the same system."""
    root = roots.get(openvmtools.SYSTEMS[version])
    places = guests.our_places(programs / "vmguest")
    with Guest(bin="/usr/bin", places=guests.original_places(root), root=root, **options) as original, \
            Guest(bin=guests.IN_ROOT, places=places, root=root, programs=programs, **options) as ours:  # fmt: skip
        yield original, ours


@pytest.fixture(scope="module")
def pair(version: str, programs: Path) -> Iterator[tuple[Guest, Guest]]:
    with both(version, programs) as found:
        yield found


@pytest.fixture(scope="module")
def differences(version: str, pair) -> list[str]:
    """What differs and should not, after all commands have been run."""
    found = []
    for fits, commands in contract.COMPARED_WITH_12 if version == "12" else contract.COMPARED:
        for words in commands:
            theirs, ours = [guest.run(*words) for guest in pair]
            if not fits(theirs, ours):
                found.append(contract.difference(words, theirs, ours))
    return found


@pytest.mark.timeout(600)  # some hundred programs, each of them traced
def test_output_and_exit_codes_are_the_same(differences):
    assert not differences, "\n".join(["these differ:", *differences])


def test_they_leave_the_same_configuration(pair, differences):
    def settings(guest: Guest) -> dict[tuple[str, str], str]:
        group, found = "", {}
        for line in guest.conf.read_text().splitlines():
            if line.startswith("["):
                group = line
            elif "=" in line and not line.startswith("#"):
                key, _, value = line.partition("=")
                found[group, key.strip()] = value.lstrip()
        return found

    original, ours = pair
    assert settings(original) == settings(ours)
    assert "# written by hand\n" in ours.conf.read_text()


def test_they_leave_the_same_host(pair, differences):
    def left(guest: Guest) -> tuple[list, list]:
        return (guest.host.do("state", part="vars")["state"]["vars"],
                [line["text"] for line in guest.host.do("state", part="log")["state"]["lines"]])

    original, ours = pair
    assert left(original) == left(ours)


def test_off_vmware_they_are_the_same(version: str, programs: Path):
    with both(version, programs, signature="KVMKVMKVM") as (original, ours):
        for words in contract.ELSEWHERE:
            assert original.run(*words) == ours.run(*words), words


def test_where_disks_may_be_wiped_refusals_are_the_same(version: str, programs: Path):
    with both(version, programs) as guests_:
        for guest in guests_:
            guest.host.do("set", **contract.PERMIT_WIPING)
        for words in contract.NOT_WIPED:
            theirs, ours = [guest.run(*words) for guest in guests_]
            assert theirs == ours, words


def test_what_is_meant_to_differ_does(pair, differences):
    original, ours = pair
    for words, theirs, of_ours in contract.DIFFERENT:
        assert original.run(*words) == theirs, words
        assert ours.run(*words) == of_ours, words


def test_without_a_configuration_they_are_the_same(pair, differences):
    """The last of the file: what was configured is gone."""
    for guest in pair:
        guest.conf.unlink()
    for words in (["config", "get", "a", "b"], ["config", "remove", "a", "b"],
                  ["logging", "level", "get", "vmsvc"], ["script", "power", "current"],
                  ["config", "set", "a", "b", "c"], ["config", "get", "a", "b"]):  # fmt: skip
        theirs, ours = [(guest.run(BOX, *words), guest.conf.exists()) for guest in pair]
        # The older ones print something here, which nobody has missed since.
        if words[1] == "get" and theirs[0].status == 69:
            theirs = (Done(69, "", ""), theirs[1])
        assert theirs == ours, words
