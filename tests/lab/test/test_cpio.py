# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""The archives that guests boot from, read back field by field."""

import io
import stat
from pathlib import Path

from lab import cpio


def archive(*entries) -> bytes:
    """The bytes of an archive; an entry is a method of the writer with its arguments."""
    stream = io.BytesIO()
    with cpio.Writer(stream) as writer:
        for method, *arguments in entries:
            getattr(writer, method)(*arguments)
    return stream.getvalue()


def read(data: bytes) -> dict[str, tuple[dict[str, int], bytes]]:
    """What the kernel would see, by name, in order; fails on anything misaligned."""
    names = ("ino", "mode", "uid", "gid", "nlink", "mtime", "size", "major", "minor", "rmajor",
             "rminor", "namesize", "check")
    found = {}
    at = 0
    while True:
        assert at % 4 == 0 and data[at:at + 6] == b"070701"
        fields = {name: int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16)
                  for i, name in enumerate(names)}
        start = at + 110
        name = data[start:start + fields["namesize"] - 1].decode()
        body = -(-(start + fields["namesize"]) // 4) * 4
        if name == cpio.TRAILER:
            return found
        assert name not in found
        found[name] = (fields, data[body:body + fields["size"]])
        at = -(-(body + fields["size"]) // 4) * 4


def test_content_modes_and_types_come_back():
    found = read(archive(("file", "/init", b"#!x", 0o755), ("symlink", "sh", "/bin/busybox"),
                         ("device", "dev/console", 5, 1), ("folder", "tmp", 0o1777)))
    assert found["init"][0]["mode"] == stat.S_IFREG | 0o755 and found["init"][1] == b"#!x"
    assert found["sh"][0]["mode"] == stat.S_IFLNK | 0o777 and found["sh"][1] == b"/bin/busybox"
    console = found["dev/console"][0]
    assert stat.S_ISCHR(console["mode"]) and (console["rmajor"], console["rminor"]) == (5, 1)
    assert found["tmp"][0]["mode"] == stat.S_IFDIR | 0o1777


def test_parents_come_first_and_once():
    found = read(archive(("file", "a/b/c", b""), ("file", "a/b/d", b""), ("folder", "a")))
    assert list(found) == ["a", "a/b", "a/b/c", "a/b/d"]
    assert all(stat.S_ISDIR(found[name][0]["mode"]) for name in ("a", "a/b"))


def test_the_first_mention_of_a_name_counts():
    found = read(archive(("file", "bin/ip", b"real"), ("symlink", "bin/ip", "busybox")))
    assert found["bin/ip"][1] == b"real"


def test_odd_sizes_keep_the_alignment():
    entries = [("file", "n" * length, b"x" * length) for length in range(1, 9)]
    assert [len(data) for _, data in read(archive(*entries)).values()] == list(range(1, 9))


def test_archives_can_be_joined():
    one, two = archive(("file", "a", b"1")), archive(("file", "b", b"22222"))
    assert len(one) % cpio.ALIGN == 0
    assert list(read(one)) == ["a"] and list(read((one + two)[len(one):])) == ["b"]


def test_nobody_s_clock_or_account_is_in_it():
    for fields, _ in read(archive(("file", "a/b", b""), ("symlink", "c", "a"))).values():
        assert fields["uid"] == fields["gid"] == fields["mtime"] == 0


def test_a_folder_of_the_host_is_copied_with_links_and_modes(tmp_path: Path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/run").write_text("x")
    (tmp_path / "sub/run").chmod(0o700)
    (tmp_path / "sub/link").symlink_to("run")
    (tmp_path / "text").write_text("t")
    found = read(archive(("copy", "/opt", tmp_path)))
    assert list(found) == ["opt", "opt/sub", "opt/sub/link", "opt/sub/run", "opt/text"]
    assert found["opt/sub/run"][0]["mode"] == stat.S_IFREG | 0o755
    assert found["opt/text"][0]["mode"] == stat.S_IFREG | 0o644
    assert found["opt/sub/link"][1] == b"run"
