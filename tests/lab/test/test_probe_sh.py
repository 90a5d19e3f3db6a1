# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""drivers/compat/probe.sh with a make that only pretends to be kbuild."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "drivers/compat/probe.sh"
RELEASE = "6.99.0-test"

# Answers yes to the probes named in the file «yes», and counts how often it was asked.
KBUILD = """
modules:
\t@echo >> asked
\t@yes=" $$(tr '\\n' ' ' < yes)"; cd $(M); for c in *.c; do n=$${c%.c}; echo "why $$n" > $$n.log; \\
\t\tcase "$$yes" in *" $$n "*) echo 1;; *) echo 0;; esac > $$n.answer; done
"""


class Headers:
    """Kernel headers that answer as they are told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.out = path / "cache" / RELEASE
        (path / "include/generated").mkdir(parents=True)
        (path / "include/generated/autoconf.h").write_text("#define CONFIG_X 1\n")
        (path / "Makefile").write_text(KBUILD)
        self.have(*(probe.stem for probe in (SCRIPT.parent / "probes").glob("*.c")))

    def have(self, *names: str) -> None:
        names_but_no = sorted(set(names) - {"control_no"})
        (self.path / "yes").write_text("".join(f"{name}\n" for name in names_but_no))

    def lack(self, *names: str) -> None:
        self.have(*(set((self.path / "yes").read_text().split()) - set(names)))

    @property
    def asked(self) -> int:
        return len((self.path / "asked").read_text().splitlines())

    def probe(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run([SCRIPT, self.path, self.out], check=False, capture_output=True,
                              text=True)


@pytest.fixture
def headers(tmp_path: Path) -> Headers:
    return Headers(tmp_path)


def test_every_yes_becomes_a_definition(headers):
    headers.lack("str_on_off")
    assert headers.probe().returncode == 0
    config = (headers.out / "compat_config.h").read_text()
    assert "#define HAVE_NAPI_BUILD_SKB 1\n" in config
    assert "#define HAVE_STR_ON_OFF" not in config
    assert "CONTROL" not in config


def test_nothing_is_asked_twice(headers):
    headers.probe()
    assert headers.probe().returncode == 0
    assert headers.asked == 1


def test_another_configuration_is_asked_again(headers):
    headers.probe()
    (headers.path / "include/generated/autoconf.h").write_text("#define CONFIG_X 2\n")
    headers.probe()
    assert headers.asked == 2


def test_the_same_answers_keep_the_time_stamp(headers):
    headers.probe()
    before = (headers.out / "compat_config.h").stat().st_mtime_ns
    (headers.out / "key").unlink()
    headers.probe()
    assert headers.asked == 2
    assert (headers.out / "compat_config.h").stat().st_mtime_ns == before


def test_an_interface_in_no_known_form_is_named_with_what_was_tried(headers):
    headers.lack("ethtool_rxfh_param", "ethtool_rxfh_4")
    done = headers.probe()
    assert done.returncode == 1
    assert f"Linux {RELEASE} has no known interface for" in done.stderr
    assert "  ethtool_ops.set_rxfh (tried ethtool_rxfh_4 ethtool_rxfh_param)" in done.stderr
    assert (headers.out / "ethtool_rxfh_4.log").read_text() == "why ethtool_rxfh_4\n"
    assert headers.probe().returncode == 1      # and is not taken for an answer later


def test_one_form_of_a_group_is_enough(headers):
    headers.lack("ethtool_rxfh_param", "ethtool_ringparam_2")
    assert headers.probe().returncode == 0


def test_headers_that_compile_nothing_are_refused(headers):
    headers.have()
    done = headers.probe()
    assert done.returncode == 1
    assert "cannot compile an empty module" in done.stderr
    assert "why control_yes" in done.stderr


def test_a_compiler_that_accepts_anything_is_refused(headers):
    with (headers.path / "yes").open("a") as yes:
        yes.write("control_no\n")
    done = headers.probe()
    assert done.returncode == 1
    assert "no probe can be trusted" in done.stderr


def test_kbuild_that_fails_is_shown(headers):
    (headers.path / "Makefile").write_text("modules:\n\t@echo broken headers; exit 2\n")
    done = headers.probe()
    assert done.returncode == 1
    assert "broken headers" in done.stderr
    assert "headers incomplete" in done.stderr


def test_no_headers_are_no_headers(tmp_path):
    done = subprocess.run([SCRIPT, tmp_path, tmp_path / "out"], check=False, capture_output=True,
                          text=True)
    assert done.returncode == 1
    assert "no configured kernel headers" in done.stderr


def test_nothing_is_left_beside_the_answers(headers):
    headers.probe()
    headers.lack("ethtool_rxfh_param", "ethtool_rxfh_4")
    (headers.out / "key").unlink()
    headers.probe()
    assert [path.name for path in headers.out.parent.iterdir()] == [RELEASE]
