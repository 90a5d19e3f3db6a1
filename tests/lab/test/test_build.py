# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What is copied for a build, and what the debug kernel's configuration must honour."""

from pathlib import Path

from lab import build, debug


def test_sources_are_taken_and_products_left(tmp_path: Path):
    wanted = ["VERSION", "Makefile", "Kbuild", "drivers/nic/nic_main.c", "drivers/compat/probe.sh"]
    products = ["drivers/nic/nic.ko", "drivers/nic/nic.mod.c", "drivers/nic/.nic_main.o.cmd",
                "drivers/nic/nic_main.o", "drivers/compat/.cache/6.1/compat_config.h",
                "drivers/Module.symvers", "README.md", "tests/unit/test.c"]
    for name in (*wanted, *products):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    found = [str(path.relative_to(tmp_path)) for path in build.source_files(tmp_path)]
    assert sorted(found) == sorted(wanted)


def test_options_that_did_not_take_effect_are_named():
    fragment = ("# why\nCONFIG_A=y\nCONFIG_B=m\nCONFIG_C=5\n# CONFIG_D is not set\n"
                "# CONFIG_E is not set\n\nCONFIG_GONE=y\n")
    config = "CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=5\n# CONFIG_E is not set\nCONFIG_D=y\n"
    assert debug.unmet(fragment, config) == ["CONFIG_B=m", "# CONFIG_D is not set",
                                             "CONFIG_GONE=y"]
