# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The promises of the cache: one fill an entry, whole or not at all, kept while in use."""

import os
import threading
import time
from pathlib import Path

import pytest

from lab import cache


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VMGUEST_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def text(content: str):
    return lambda path: path.write_text(content)


def unexpected(path: Path) -> None:
    raise AssertionError("filled again")


def test_the_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("VMGUEST_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert cache.root() == Path("/x/vmguest")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert cache.root() == Path("/home/me/.cache/vmguest")


def test_parts_of_a_key_do_not_run_together():
    assert cache.key("ab", "c") != cache.key("a", "bc") != cache.key("abc")


def test_a_key_of_a_file_is_its_content(tmp_path: Path):
    one, two = tmp_path / "1", tmp_path / "2"
    one.write_text("same")
    two.write_text("same")
    assert cache.key(one) == cache.key(two)
    two.write_text("other")
    assert cache.key(one) != cache.key(two)


@pytest.mark.parametrize("change", ["content", "mode", "name"])
def test_a_key_of_a_tree_changes_with(tmp_path: Path, change: str):
    def key() -> str:
        return cache.tree_key(tmp_path, [path for path in tmp_path.rglob("*") if path.is_file()])

    path = tmp_path / "sub/file"
    path.parent.mkdir()
    path.write_text("x")
    before = key()
    path.touch()
    assert key() == before
    if change == "content":
        path.write_text("y")
    elif change == "mode":
        path.chmod(0o755)
    else:
        path.rename(path.with_name("other"))
    assert key() != before


def test_an_entry_is_filled_once():
    path = cache.entry("kind", "name", "0" * 12, text("x"))
    assert cache.entry("kind", "name", "0" * 12, unexpected) == path
    assert path.read_text() == "x"


def test_a_failed_fill_leaves_nothing(own_cache: Path):
    def fail(path: Path) -> None:
        path.mkdir()
        (path / "half").write_text("made")
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError):
        cache.entry("kind", "name", "0" * 12, fail)
    assert not [path for path in own_cache.rglob("*") if "lock" not in path.name and path.is_file()]
    assert cache.entry("kind", "name", "0" * 12, text("whole")).read_text() == "whole"


def test_two_who_ask_at_once_get_one_fill():
    filling, both_asked = threading.Event(), threading.Event()
    fills = []

    def fill(path: Path) -> None:
        fills.append(path)
        filling.set()
        assert both_asked.wait(10)
        path.write_text("x")

    threads = [threading.Thread(target=cache.entry, args=("kind", "name", "0" * 12, fill))
               for _ in range(2)]
    threads[0].start()
    assert filling.wait(10)
    threads[1].start()
    both_asked.set()
    for thread in threads:
        thread.join(10)
    assert len(fills) == 1


def test_old_siblings_go_and_namesakes_stay(own_cache: Path):
    old = time.time() - cache.STALE_SECONDS - 1
    for name, key in (("7.3", "1" * 12), ("7.3-clang", "2" * 12), ("7.3", "3" * 12)):
        path = cache.entry("build", name, key, text(name))
        if key != "3" * 12:
            os.utime(path, (old, old))
    recent = cache.entry("build", "7.3", "4" * 12, text("new"))
    left = sorted(path.name for path in own_cache.glob("build/[!.]*"))
    assert left == ["7.3-" + "3" * 12, recent.name, "7.3-clang-" + "2" * 12]


def test_old_siblings_are_dropped_by_several_at_once(own_cache: Path):
    old = time.time() - cache.STALE_SECONDS - 1
    for number in range(100):
        path = cache.entry("layers", "files", f"{number:012x}", text("x"))
        os.utime(path, (old, old))
    all_filled, failed = threading.Barrier(8), []

    def fill(path: Path) -> None:
        path.write_text("y")
        all_filled.wait(60)

    def ask(number: int) -> None:
        try:
            cache.entry("layers", "files", f"{number:012x}", fill)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1000, 1008)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(list(own_cache.glob("layers/files-*"))) == 8
    assert not list(own_cache.glob("layers/.drop-*"))


def test_use_keeps_an_entry_young():
    path = cache.entry("kind", "name", "0" * 12, text("x"))
    os.utime(path, (0, 0))
    cache.entry("kind", "name", "0" * 12, unexpected)
    assert time.time() - path.stat().st_mtime < 60


def test_sizes_are_told_for_all_kinds():
    cache.entry("roots", "a", "0" * 12, text("x" * 5000))
    cache.entry("layers", "b", "1" * 12, text("y"))
    names = [name for name, size in cache.entries() if size > 0]
    assert names == ["layers/b-" + "1" * 12, "roots/a-" + "0" * 12]


def test_a_read_only_folder_can_be_removed(tmp_path: Path):
    (tmp_path / "top/sub").mkdir(parents=True)
    (tmp_path / "top/sub/file").write_text("x")
    (tmp_path / "top/sub").chmod(0o500)
    cache.remove(tmp_path / "top")
    assert not (tmp_path / "top").exists()
