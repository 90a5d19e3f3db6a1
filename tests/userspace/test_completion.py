# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The vmguest authors
"""What a user is offered who presses Tab in bash and in zsh."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Callable

import pytest

from . import guest as guests
from .test_help import ABSENT
from .test_manual import keys

COMPLETION = guests.TREE / "userspace/completion"
SECONDS = 30

# Shells that say at the first Tab all that there is. zsh draws nothing while there is input left to read:
# what is added to its list of matches is printed.
BASH = """PS1='> ' PS2=; bind 'set show-all-if-ambiguous on'; bind 'set completion-query-items 0'
bind 'set page-completions off'; bind 'set enable-bracketed-paste off'; source {folder}/vmguest.bash
"""
ZSH = """PS1='> ' PS2= RPS1=; unsetopt prompt_cr prompt_sp beep; fpath=({folder} $fpath); unset zle_bracketed_paste
autoload -U compinit; compinit -D -u; bindkey -e
compadd() {{ local -a found; builtin compadd -O found "$@"; offered+=($found); builtin compadd "$@" }}
tab() {{ offered=(); zle complete-word; print -r -- " $offered "; }}; zle -N tab; bindkey '^I' tab
"""
ARGV = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}


class Terminal:
    """A shell at a terminal."""

    def __init__(self, shell: str, setup: str) -> None:
        ours, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "dumb", "COLUMNS": "200", "LINES": "50", "INPUTRC": "/dev/null"}
        self._process = subprocess.Popen(ARGV[shell], stdin=theirs, stdout=theirs, stderr=theirs,
                                         env=environment, start_new_session=True)
        os.close(theirs)
        self._fd = ours
        self._count = 0
        self.type(setup)
        self.settle()

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def settle(self) -> str:
        """All that it has written until it has taken all that was typed, and waits for more."""
        self._count += 1
        # What is typed is not what it prints.
        self.type(f"echo do''ne {self._count}\n")
        seen, due = "", time.monotonic() + SECONDS
        # Between two prompts it is the kernel that would take a line back.
        while ">" not in seen.partition(f"done {self._count}")[2]:
            ready, _, _ = select.select([self._fd], [], [], due - time.monotonic())
            assert ready, f"the shell does not answer: {seen!r}"
            seen += os.read(self._fd, 65536).decode(errors="replace")
        return seen

    def offered(self, line: str) -> set[str]:
        """The words on the screen after a Tab, the line being taken back afterwards."""
        self.type(f"{line}\t\x15")
        shown = self.settle().replace(line, " ", 1)
        shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x07", " ", shown)
        return set(shown.split())

    def close(self) -> None:
        os.close(self._fd)
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module", params=["bash", "zsh"])
def offered(request, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("completion")
    # By these names the shells are given them.
    (folder / "vmguest.bash").symlink_to(COMPLETION / "vmguest.bash")
    (folder / "_vmguest").symlink_to(COMPLETION / "vmguest.zsh")
    terminal = Terminal(request.param, {"bash": BASH, "zsh": ZSH}[request.param].format(folder=folder))
    yield terminal.offered
    terminal.close()


@pytest.mark.parametrize("line, wanted, unwanted", [
    ("vmguest sta", {"stat", "status"}, {"script", "timesync"}),
    ("vmware-toolbox-cmd s", {"script", "stat"}, {"status"}),
    ("vmguest -q sta", {"stat", "status"}, {"script"}),
    ("vmguest script ", {"power", "resume", "suspend", "shutdown"}, {"current"}),
    ("vmguest -q script suspend ", {"current", "default", "enable", "disable", "set"}, {"power"}),
    ("vmguest logging level set vmsvc ", {"error", "warning", "debug"}, {"get"}),
    ("vmguest info update ", {"network"}, {"get"}),
    ("vmguest status --", {"--json", "--root"}, {"-n"}),
    ("vmguest status --json --r", {"--root"}, {"-n"}),
    ("vmguest stat raw ", {"text", "json", "xml", "yaml"}, {"speed"}),
    ("vmguest config set ", set(keys()) | {"setenvironment"}, {"get"}),
])  # fmt: skip
def test_what_fits_is_offered(offered: Callable, line: str, wanted: set[str], unwanted: set[str]):
    shown = offered(line)
    # What alone fits is put into the line, less what is there.
    begun = line.split(" ")[-1]
    assert wanted <= shown | {begun + word for word in shown}
    assert not unwanted & shown


def test_every_command_is_offered(offered: Callable, families: set[str]):
    assert offered("vmguest ") >= families - ABSENT
    assert offered("vmguest --") >= {"--metrics", "--version", "--help"}
    assert offered("vmware-toolbox-cmd ") >= families - {"status", "top", "rpc"} - ABSENT
    assert not offered("vmware-toolbox-cmd ") & {"top", "rpc"}
