# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""Where packages come from, and what a failed or mistaken request says. Nothing is fetched."""

from pathlib import Path

import pytest

from lab import LabError, fetch, kernels, qemu, roots


@pytest.fixture
def apt(monkeypatch: pytest.MonkeyPatch):
    """Lets a test say what apt knows."""
    monkeypatch.delenv("VMGUEST_MIRROR", raising=False)

    def knows(*uris: str) -> None:
        monkeypatch.setattr(roots, "_output", lambda *_: "\n".join(uris))

    return knows


def test_the_mirror_is_the_one_of_debian_itself(apt):
    apt("http://other.example/tools", "http://mirror.example/debian-security/",
        "http://mirror.example/pub/debian/")
    assert roots.mirror() == "http://mirror.example/pub/debian/"


def test_a_list_of_mirrors_is_looked_into(apt, tmp_path: Path):
    (tmp_path / "mirrors").write_text("https://cloud.example/debian\thigh\nhttps://b.example\n")
    apt(f"mirror+file:{tmp_path}/mirrors/")     # apt adds the slash
    assert roots.mirror() == "https://cloud.example/debian"


def test_the_user_s_mirror_counts_most(apt, monkeypatch: pytest.MonkeyPatch):
    apt("http://mirror.example/debian/")
    monkeypatch.setenv("VMGUEST_MIRROR", "http://near.example/d/")
    assert roots.mirror() == "http://near.example/d/"


def test_no_mirror_says_what_to_set(apt):
    apt("http://other.example/tools")
    with pytest.raises(LabError, match="VMGUEST_MIRROR"):
        roots.mirror()


def test_recipes_differ_by_any_part():
    recipe = roots.Recipe("name", ("a", "b"), ("p", "q"))
    others = (roots.Recipe("name", ("a",), ("b", "p", "q")), roots.Recipe("name", ("a", "b"), ()),
              roots.Recipe("name", ("a", "b", "p"), ("q",)))
    assert all(other.key() != recipe.key() for other in others)


def test_an_unknown_part_is_refused_before_any_is_fetched(monkeypatch: pytest.MonkeyPatch):
    fetched = []
    monkeypatch.setattr(fetch, "PARTS", {"a": lambda: fetched.append("a")})
    with pytest.raises(LabError, match="nonsense"):
        fetch.fetch_all(["a", "nonsense"])
    assert not fetched


def test_one_failure_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch):
    fetched = []

    def fail() -> None:
        raise LabError("no route")

    monkeypatch.setattr(fetch, "PARTS", {"bad": fail, "good": lambda: fetched.append("good")})
    with pytest.raises(LabError, match="bad"):
        fetch.fetch_all()
    assert fetched == ["good"]


def test_an_unknown_kernel_is_named_with_those_there_are():
    with pytest.raises(LabError, match=r"2\.6.*6\.1.*debug"):
        kernels.get("2.6")


def test_another_qemu_is_refused(tmp_path: Path):
    program = tmp_path / "qemu"
    program.write_text("#!/bin/sh\necho 'QEMU emulator version 12.0.1 (Debian)'\n")
    program.chmod(0o755)
    with pytest.raises(LabError, match=r"needs qemu 11\.1.*12\.0\.1"):
        qemu.check(program)
    program.write_text("#!/bin/sh\necho 'lib missing' >&2; exit 127\n")
    with pytest.raises(LabError, match="lib missing"):
        qemu.check(program)
