# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""How QEMU is told of the emulated host, and what a C program that cannot be built says."""

import uuid
from pathlib import Path

import pytest

from lab import LabError, cc, vmhost


def test_a_serial_number_is_the_uuid_in_pairs():
    known = uuid.UUID("564d8f3a-0102-0304-0506-0708090a0b0c")
    assert vmhost.serial(known) == "VMware-56 4d 8f 3a 01 02 03 04-05 06 07 08 09 0a 0b 0c"


def test_commas_in_smbios_strings_are_doubled():
    assert "manufacturer=VMware,, Inc.,product=VMware20,,1,serial=" in vmhost.machine()[-1]


def test_options_of_one_boot_go_before_those_of_the_guest():
    with vmhost.VmHost({"hb": "off", "memory": 64}) as host:
        words = host.plugin(hb="on").split(",")
    assert "vmhost.so" in words[0]
    assert "hb=on" in words and "hb=off" not in words and "memory=64" in words
    assert f"control={host.socket}" in words


def test_a_program_that_cannot_be_built_is_named(tmp_path: Path, capfd: pytest.CaptureFixture):
    source = tmp_path / "broken.c"
    source.write_text("int main(void) { return nothing; }\n")
    with pytest.raises(LabError, match="cannot build broken with gcc"):
        cc.build("broken", [source])
    assert "nothing" in capfd.readouterr().err


def test_a_program_is_built_anew_when_a_header_changes(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("VMGUEST_CACHE", str(tmp_path / "cache"))
    source, header = tmp_path / "p.c", tmp_path / "p.h"
    source.write_text('#include "p.h"\nint main(void) { return VALUE; }\n')
    header.write_text("#define VALUE 0\n")
    first = cc.build("p", [source], headers=[header])
    assert cc.build("p", [source], headers=[header]) == first
    header.write_text("#define VALUE 1\n")
    assert cc.build("p", [source], headers=[header]) != first
