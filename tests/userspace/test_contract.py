# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The same commands with open-vm-tools and with ours, on the emulated host, in the same Debian root:
output, streams and exit codes are the same bytes.

Left out is what no program reads: help, versions, and the paragraph by which the original says that
disks cannot be shrunk.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab import openvmtools, roots

from . import guest as guests
from .guest import Done, Guest

BOX = "vmware-toolbox-cmd"

# In this order: some leave something behind that the next ones show.
COMMANDS = [
    ["vmware-rpctool", "info-set guestinfo.a b c"],
    ["vmware-rpctool", "info-get guestinfo.a"],
    ["vmware-rpctool", "info-get guestinfo.a", "more"],
    ["vmware-rpctool", "info-get guestinfo.missing"],
    ["vmware-rpctool", "info-get"],
    ["vmware-rpctool", "info-set guestinfo.lines one\ntwo"],
    ["vmware-rpctool", "info-get guestinfo.lines"],
    ["vmware-rpctool", ""],
    ["vmtoolsd", "--cmd", ""],
    ["vmware-rpctool", "bogus"],
    ["vmware-rpctool", "-x"],
    ["vmware-rpctool", "log hello"],
    ["vmware-rpctool", "machine.id.get"],
    ["vmware-rpctool", "deployPkg.update.state 1 2 text"],
    ["vmtoolsd", "--cmd", "info-get guestinfo.a"],
    ["vmtoolsd", "--cmd=info-get guestinfo.a"],
    ["vmtoolsd", "--cmd", "info-get guestinfo.missing"],
    ["vmtoolsd", "--bogus"],
    ["vmtoolsd", "--cmd"],
    ["vmware-checkvm"],
    ["vmware-checkvm", "-p"],
    ["vmware-checkvm", "--prod"],
    ["vmware-checkvm", "-x"],
    ["vmware-checkvm", "word"],
    [BOX],
    [BOX, "bogus"],
    [BOX, "--bogus"],
    [BOX, "upgrade"],
    *([BOX, family] for family in ("device", "disk", "script", "stat", "timesync", "config",
                                   "logging", "info", "globalconf", "gueststore")),
    *([BOX, family, "bogus"] for family in ("device", "disk", "script", "stat", "timesync",
                                            "logging", "globalconf", "gueststore")),
    [BOX, "timesync", "status"],
    [BOX, "timesync", "enable"],
    [BOX, "timesync", "enable"],
    [BOX, "timesync", "status"],
    [BOX, "-q", "timesync", "status"],
    [BOX, "-q", "timesync", "disable"],
    [BOX, "timesync", "disable"],
    *([BOX, "stat", what] for what in ("speed", "sessionid", "balloon", "swap", "memlimit", "memres",
                                       "cpures", "cpulimit", "raw")),
    [BOX, "stat", "raw", "text", "session"],
    [BOX, "device", "list"],
    [BOX, "-q", "device", "list"],
    [BOX, "device", "status", "CD/DVD drive 1"],
    [BOX, "device", "disable", "CD/DVD drive 1"],
    [BOX, "device", "status", "CD/DVD drive 1"],
    [BOX, "device", "status", "nothing"],
    [BOX, "device", "enable", "nothing"],
    [BOX, "device", "status"],
    *([BOX, "script", operation, what] for operation in ("power", "resume", "suspend", "shutdown",
                                                         "bogus")
      for what in ("current", "default", "disable", "enable", "bogus")),
    [BOX, "script", "power"],
    [BOX, "script", "power", "set"],
    [BOX, "script", "power", "set", "/bin/true"],
    [BOX, "script", "power", "current"],
    [BOX, "script", "power", "set", "/absent"],
    [BOX, "config", "bogus"],
    [BOX, "config", "get"],
    [BOX, "config", "get", "logging", "log"],
    [BOX, "config", "get", "a", "b"],
    [BOX, "config", "set", "a"],
    [BOX, "config", "set", "a", "b"],
    [BOX, "config", "set", "a", "b", "c = d"],
    [BOX, "config", "get", "a", "b"],
    [BOX, "config", "set", "a", "blanks", "  \tx\\y "],
    [BOX, "config", "get", "a", "blanks"],
    [BOX, "config", "remove", "a", "b"],
    [BOX, "config", "remove", "a", "b"],
    [BOX, "config", "remove", "none", "b"],
    [BOX, "config", "get", "a", "b"],
    [BOX, "logging", "level"],
    [BOX, "logging", "level", "get", "vmsvc"],
    [BOX, "logging", "level", "set", "vmsvc", "debug"],
    [BOX, "logging", "level", "get", "vmsvc"],
    [BOX, "logging", "level", "set", "vmsvc", "bogus"],
    [BOX, "disk", "wipe"],
    [BOX, "info", "update"],
    [BOX, "info", "update", "bogus"],
]


@pytest.fixture(scope="module", params=openvmtools.SYSTEMS)
def pair(request: pytest.FixtureRequest, programs) -> Iterator[tuple[Guest, Guest]]:
    """The original, and ours in the same system."""
    root = roots.get(openvmtools.SYSTEMS[request.param])
    places = guests.our_places(programs / "vmguest")
    with Guest(bin="/usr/bin", places=guests.original_places(root), root=root) as original, \
            Guest(bin=guests.IN_ROOT, places=places, root=root, programs=programs) as ours:  # fmt: skip
        yield original, ours


@pytest.fixture(scope="module")
def transcripts(pair) -> list[tuple[list[str], Done, Done]]:
    original, ours = pair
    return [(words, original.run(*words), ours.run(*words)) for words in COMMANDS]


def test_output_and_exit_codes_are_the_same(transcripts):
    differ = [f"{' '.join(words)}\n  open-vm-tools: {theirs}\n  vmguest:       {ours}"
              for words, theirs, ours in transcripts if theirs != ours]
    assert not differ, "\n".join(["these differ:", *differ])


def test_they_leave_the_same_configuration(pair, transcripts):
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


def test_they_leave_the_same_host(pair, transcripts):
    def left(guest: Guest) -> tuple[list, list]:
        return (guest.host.do("state", part="vars")["state"]["vars"],
                [line["text"] for line in guest.host.do("state", part="log")["state"]["lines"]])

    original, ours = pair
    assert left(original) == left(ours)


def test_without_a_configuration_they_are_the_same(pair, transcripts):
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
