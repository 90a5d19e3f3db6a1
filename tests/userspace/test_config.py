# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""tools.conf is edited and not rewritten: comments, order, owner, mode and links stay."""

from __future__ import annotations

import os
import subprocess

import pytest

from .guest import Done, Guest

BOX = "vmware-toolbox-cmd"
TEXT = """# of the whole file

[logging]
# of the key
log = true
  vmsvc.level = debug

[powerops]
poweron-script=/bin/one
poweron-script=/bin/two
# the end
"""


@pytest.fixture(autouse=True)
def conf(guest: Guest):
    guest.conf.unlink(missing_ok=True)
    guest.conf.write_text(TEXT)
    guest.conf.chmod(0o640)
    return guest.conf


def config(guest: Guest, *words: str) -> Done:
    return guest.run(BOX, "config", *words)


def test_an_edit_changes_one_line(guest: Guest, conf):
    assert config(guest, "set", "logging", "log", "false").status == 0
    assert conf.read_text() == TEXT.replace("log = true", "log=false")
    assert config(guest, "set", "powerops", "poweron-script", "/bin/three").status == 0
    assert conf.read_text() == TEXT.replace("log = true", "log=false").replace("two", "three")
    assert conf.stat().st_mode & 0o7777 == 0o640


def test_a_new_key_goes_to_its_group(guest: Guest, conf):
    config(guest, "set", "logging", "log.file", "x")
    assert conf.read_text() == TEXT.replace("= debug\n", "= debug\nlog.file=x\n")
    config(guest, "remove", "logging", "log.file")
    assert conf.read_text() == TEXT


def test_a_key_that_is_removed_does_not_come_back(guest: Guest, conf):
    config(guest, "remove", "powerops", "poweron-script")
    assert config(guest, "get", "powerops", "poweron-script").out == (
        "[powerops] poweron-script UNSET\n")


def test_a_link_stays_a_link(guest: Guest, conf):
    target = conf.with_name("target.conf")
    conf.rename(target)
    conf.symlink_to("target.conf")
    assert config(guest, "set", "a", "b", "c").status == 0
    assert conf.is_symlink() and target.read_text() == TEXT + "\n[a]\nb=c\n"


def test_nothing_is_lost_when_many_edit_at_once(guest: Guest, conf):
    script = "for i in $(seq 40); do vmware-toolbox-cmd config set many key$i $i & done; wait"
    assert guest.run("sh", "-c", script).status == 0
    for i in range(1, 41):
        assert config(guest, "get", "many", f"key{i}").out == f"[many] key{i} = {i}\n"
    # nor anything left behind
    assert [path.name for path in conf.parent.iterdir()
            if path.name.startswith("tools.conf")] == ["tools.conf"]


def test_a_group_is_printed_whole(guest: Guest):
    assert config(guest, "get", "logging") == Done(
        0, "[logging]\nlog = true\nvmsvc.level = debug\n", "")
    assert config(guest, "get", "none") == Done(0, "[none] UNSET\n", "")


def test_cloud_init_s_key_is_what_stands_behind_the_first_equals_sign(guest: Guest):
    config(guest, "set", "deployPkg", "enable-custom-scripts", "true")
    said = config(guest, "get", "deployPkg", "enable-custom-scripts").out
    assert said.split("=", 1)[1].strip() == "true"
    config(guest, "remove", "deployPkg", "enable-custom-scripts")
    assert "=" not in config(guest, "get", "deployPkg", "enable-custom-scripts").out


@pytest.mark.parametrize("group, key", [
    ("a]b", "c"), ("", "c"), ("a", ""), ("a", "b=c"), ("a", "#b"), ("a\n[b", "c"), ("a", "b\nc"),
    ("a", " b"),
])  # fmt: skip
def test_names_that_would_break_the_file_are_refused(guest: Guest, conf, group: str, key: str):
    done = config(guest, "set", group, key, "value")
    assert done.status == 64 and done.err and not done.out
    assert conf.read_text() == TEXT


def test_a_value_with_a_line_end_stays_one_value(guest: Guest):
    config(guest, "set", "a", "b", "x\n[powerops]\npoweron-script=/tmp/evil")
    assert config(guest, "get", "a", "b").out == (
        "[a] b = x\n[powerops]\npoweron-script=/tmp/evil\n")
    assert guest.run(BOX, "script", "power", "current").out == "/bin/two\n"


def test_a_folder_that_is_not_there_is_an_error(guest: Guest, conf):
    away = conf.parent.with_name("away")
    conf.parent.rename(away)
    try:
        done = config(guest, "set", "a", "b", "c")
        assert done.status == 75 and "/etc/vmware-tools/tools.conf" in done.err
        assert config(guest, "get", "a", "b") == Done(69, "", "")
    finally:
        away.rename(conf.parent)


def test_anybody_may_read_what_is_readable(new_guest, programs):
    nobody = new_guest(superuser=False)
    done = nobody.run(BOX, "config", "get", "none", "key")
    assert done in (Done(0, "[none] key UNSET\n", ""), Done(69, "", ""))


def test_a_full_disk_leaves_the_old_file(guest: Guest, conf):
    """The new one is written beside the old one first; here it may have no byte."""
    script = "ulimit -f 0; trap '' XFSZ; vmware-toolbox-cmd config set a b c"
    done = guest.run("sh", "-c", script)
    assert done.status == 75 and "cannot change" in done.err
    assert conf.read_text() == TEXT
    assert subprocess.run(["ls", "-A", conf.parent], check=True, capture_output=True,
                          text=True).stdout.split().count("tools.conf") == 1
    assert not [name for name in os.listdir(conf.parent) if name.startswith("tools.conf.")]
