# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The manual pages and the administrator's guide say what there is, all of it and no more."""

from __future__ import annotations

import fnmatch
import re
import subprocess
from pathlib import Path

import pytest

from lab import openvmtools, roots

from . import guest as guests

MANUAL = guests.TREE / "Documentation/man"
GUIDE = guests.TREE / "Documentation/admin/vmguestd.md"
COMMAND_GUIDE = GUIDE.with_name("vmguest.md")
DAEMON = guests.TREE / "userspace/.build/plain/vmguestd"

# Words of the guide's table that are no keys.
GROUPS_OF_ANY_KEY = {"setenvironment", "unsetenvironment"}


def keys() -> dict[str, set[str]]:
    """Of each group, what vmguestd reads."""
    source = (guests.TREE / "userspace/daemon/settings.c").read_text()
    found: dict[str, set[str]] = {}
    for group, key in re.findall(r'^\t\{ "(\w+)", "([\w.-]+)", ', source, re.MULTILINE):
        found.setdefault(group, set()).add(key)
    assert sum(map(len, found.values())) > 30
    return found


def test_every_key_is_in_the_manual_page():
    page = (MANUAL / "vmguest.conf.5").read_text()
    groups = re.findall(r"^\.Ss Group (\w+)$", page, re.MULTILINE)
    assert set(groups) == set(keys()) | {"setenvironment"}
    for group, known in keys().items():
        section = page.split(f".Ss Group {group}\n")[1].split(".Ss ")[0]
        listed = " ".join(re.findall(r"^\.It Cm (.*)", section, re.MULTILINE))
        assert set(re.findall(r"[\w.-]+", listed)) == known


def options(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text))


@pytest.mark.parametrize("folder", ["common", "daemon", "command"])
def test_the_design_names_every_file_once(folder: str):
    """Every source, and nothing that is not there."""
    text = (guests.TREE / "Documentation/design/vmguestd.md").read_text()
    section = text.split(f"### userspace/{folder}\n")[1].split("\n### ")[0]
    files = {path.name for path in (guests.TREE / "userspace" / folder).iterdir() if path.suffix in (".c", ".h", ".S")}
    listed = re.findall(r"`([\w.]+\.[chS])`", section)
    assert len(listed) == len(set(listed)) and set(listed) <= files
    assert {name for name in files if not name.endswith(".h")} <= set(listed)


def test_every_option_of_the_daemon_is_in_its_manual_page(programs: Path):
    said = subprocess.run([DAEMON, "--help"], check=True, capture_output=True, text=True).stdout
    page = (MANUAL / "vmguestd.8").read_text()
    tagged = " ".join(re.findall(r"^\.It Fl (.*)", page, re.MULTILINE))
    listed = {f"-{word}" for word in re.findall(r"(?<!\w)-?[a-z][a-z-]*", tagged.replace(" Ar file", ""))}
    assert listed == options(said)


def names_in(value: object) -> set[str]:
    """The keys of all objects in it."""
    if isinstance(value, list):
        return set().union(*map(names_in, value))
    return set(value).union(*map(names_in, value.values())) if isinstance(value, dict) else set()


def report_names(part: str) -> set[str]:
    """Those that the guide has for what programs read: of the `report`, or of its `daemon`."""
    text = COMMAND_GUIDE.read_text().split("### For programs")[1].split("`vmguest --metrics FILE`")[0]
    report, daemon = text.split("| key of `daemon` |")
    listing = {"report": report.split("|---|")[1], "daemon": daemon}[part]
    values = {"ok", "failed", "off", "standby", "backdoor", "vsock"} if part == "daemon" else set()
    return set(re.findall(r"`(\w+)`", listing)) - values


def table() -> dict[str, list[tuple[list[str], str]]]:
    """The guide's table: of each group, its keys as patterns, and what becomes of them."""
    rows: dict[str, list[tuple[list[str], str]]] = {}
    groups: list[str] = []
    for line in GUIDE.read_text().split("## Coming from open-vm-tools")[1].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 3 or not re.search("[a-z]", cells[2]):
            continue
        groups = re.findall(r"`([\w.*]+)`", cells[0]) or groups
        named = re.findall(r"`([\w.*-]+)`", cells[1]) or (["*"] if cells[1] == "all" else [])
        for group in groups:
            rows.setdefault(group, []).append((named, cells[2]))
    return rows


def fate(group: str, key: str) -> str:
    """What the table says of a key, or nothing."""
    for pattern, rows in table().items():
        for named, what in rows:
            if fnmatch.fnmatchcase(group, pattern) and any(fnmatch.fnmatchcase(key, name) for name in named):
                return what
    return ""


def test_the_guide_says_of_every_key_of_ours_that_it_holds():
    for group, known in keys().items():
        for key in known:
            what = fate(group, key)
            assert re.match("honoured|new", what) or f"`{key}` is new" in str(table()[group]), (group, key, what)


@pytest.mark.parametrize("release", openvmtools.SYSTEMS)
def test_the_guide_names_every_key_of_open_vm_tools(release: str):
    """As its own example has them; what is said to be honoured is."""
    example = roots.get(openvmtools.SYSTEMS[release]) / "etc/vmware-tools/tools.conf.example"
    seen = 0
    group = ""
    for line in example.read_text().splitlines():
        if found := re.fullmatch(r"\[(\w+)\]", line):
            group = found[1]
            assert group in GROUPS_OF_ANY_KEY or any(fnmatch.fnmatchcase(group, name) for name in table()), group
        elif (found := re.fullmatch(r"# ?([a-zA-Z][\w.-]*) ?=.*", line)) and group not in GROUPS_OF_ANY_KEY:
            what = fate(group, found[1])
            assert what, f"[{group}] {found[1]}"
            assert what.startswith("honoured") == (found[1] in keys().get(group, ())), (group, found[1], what)
            seen += 1
    assert seen > 50
